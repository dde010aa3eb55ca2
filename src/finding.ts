import * as z from "zod";

export const severities = ["error", "warning", "info"] as const;
export type Severity = (typeof severities)[number];

/** A stretch of the caller's text, in characters (UTF-16, as JavaScript counts), `end` excluded. */
const span = z.object({
  start: z.int(),
  end: z.int(),
  line: z.int().describe("From 1"),
  column: z.int().describe("From 1, in characters"),
});
export type Span = z.infer<typeof span>;

export const finding = z.object({
  rule: z.string(),
  severity: z.enum(severities),
  message: z.string(),
  span: span.optional(),
  object: z.string().optional(),
  evidence: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
  fix: z.string().optional(),
  undo: z.string().optional().describe("SQL that takes the fix back"),
  page: z.string().describe("URI of the section that explains the rule"),
});
export type Finding = z.infer<typeof finding>;
