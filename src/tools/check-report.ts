import * as z from "zod";
import { output } from "./migration-answer.ts";

/** What `check FILE... --format json` prints. */
export const checkReport = z.object({
  version: z.string().describe("Of backend-db-mcp"),
  verdict: output.shape.verdict.describe("The gravest of the files"),
  files: z.array(output.extend({ file: z.string() })),
});
export type CheckReport = z.infer<typeof checkReport>;
