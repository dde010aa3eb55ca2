import analyzeQuery from "./analyze-query.ts";
import checkHealth from "./check-health.ts";
import findSlowQueries from "./find-slow-queries.ts";
import inspectSchema from "./inspect-schema.ts";
import migrationChecklist from "./migration-checklist.ts";
import reviewSchema from "./review-schema.ts";
import searchDocs from "./search-docs.ts";
import suggestIndexes from "./suggest-indexes.ts";
import type { Tool } from "./tool.ts";

/** In alphabetical order, which is the order clients see. */
export const tools: readonly Tool[] = [
  analyzeQuery,
  checkHealth,
  findSlowQueries,
  inspectSchema,
  migrationChecklist,
  reviewSchema,
  searchDocs,
  suggestIndexes,
];
