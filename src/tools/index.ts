import analyzeQuery from "./analyze-query.ts";
import type { Tool } from "./tool.ts";

/** In alphabetical order, which is the order clients see. */
export const tools: readonly Tool[] = [analyzeQuery];
