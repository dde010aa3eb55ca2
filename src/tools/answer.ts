import * as z from "zod";
import { type Finding, severities } from "../finding.ts";

/** What every answer opens with: what it was seen on. */
export const basis = z.object({
  source: z.enum(["live", "snapshot", "schema_sql", "none"]),
  database: z.string().optional().describe("host:port/database as user"),
  role: z.string().optional().describe("What it may do besides reading"),
  server_version: z.string().optional(),
  replica: z.boolean().optional().describe("A read replica: changes are made on its primary"),
  planner: z.string().optional().describe("What planned the statement"),
  sent: z.enum(["explain", "analyze"]).optional().describe("How the statement went to the database; absent: nothing of it did"),
  statistics: z.enum(["full", "partial", "assumed", "none"]),
  as_of: z.string().optional().describe("The oldest ANALYZE of the tables in question; when the snapshot was taken"),
  age: z.string().optional().describe("Of an old snapshot"),
  statistics_reset: z.string().optional(),
});
export type Basis = z.infer<typeof basis>;

export const examined = z.object({
  statements: z.int(),
  tables: z.int(),
  indexes: z.int(),
  rules: z.int(),
  skipped: z.array(z.string()).describe("What was not looked at, and why"),
});
export type Examined = z.infer<typeof examined>;

export const limits = z.array(z.string()).describe("What was not seen or not copied");

export const isWhole = (number: number) => Number.isInteger(number) && number >= 0;

/** Every word of an argument is paid for by each conversation of a model, and what refine() checks costs none. */
export const rowCounts = z.object({}).catchall(z.number().refine(isWhole, "a number of rows")).optional().describe("{ table: rows }");

export const responseFormat = z.enum(["concise", "detailed"]).default("concise").describe("detailed: everything found, the whole plan");
export type ResponseFormat = z.infer<typeof responseFormat>;

/** Findings in a concise answer: more are counted, not shown. */
const CONCISE_FINDINGS = 7;
/** Of an answer as a whole, in characters: a quarter of that in tokens, well under what clients cut at. */
const CONCISE_CHARACTERS = 6_000;
const DETAILED_CHARACTERS = 24_000;

const sources = { live: "live", snapshot: "from a snapshot", schema_sql: "from schema_sql", none: "no schema" } as const;

const REPLICA = "a read replica (changes are made on its primary)";

/** What was looked at, without what was done with it: the sentence goes on. */
export function renderSource({ source, database, role, server_version, replica, statistics, as_of, age: old }: Basis): string {
  const who = role === undefined ? database : `${database} (${role})`;
  const of = [who, server_version && `PostgreSQL ${server_version}`, replica && REPLICA, sources[source]].filter(Boolean).join(", ");
  const date = as_of?.slice(0, 10);
  if (source === "snapshot") return `Basis: ${of} of ${date}${old === undefined ? "" : ` (${old})`}; statistics ${statistics}`;
  const age = date === undefined ? "" : `, of ${date} or later`;
  return `Basis: ${of}; statistics ${statistics}${age}`;
}

export function renderBasis(basis: Basis): string {
  const planned = basis.planner === undefined ? "not planned" : `planned by ${basis.planner}`;
  const promise = basis.source === "live" && basis.sent === undefined ? " Nothing of the statement was sent to the database." : "";
  return `${renderSource(basis)}; ${planned}.${promise}`;
}

export function renderExamined({ statements, tables, indexes, rules, skipped }: Examined): string {
  const counts = [count(statements, "statement"), count(tables, "table"), count(indexes, "index"), count(rules, "rule")].join(", ");
  return `Examined: ${counts}.${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;
}

/** "1 index", "3 policies". */
export const count = (number: number, noun: string) =>
  `${number} ${number === 1 ? noun : noun.endsWith("x") ? `${noun}es` : noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;

/** The findings as a numbered list, the gravest first, each with where, what to type and how to undo it, and what a tool adds. */
export function renderFindings<Told extends Finding>(
  findings: readonly Told[],
  format: ResponseFormat,
  more: (finding: Told) => readonly string[] = () => [],
): string {
  const shown = format === "concise" ? findings.slice(0, CONCISE_FINDINGS) : findings;
  const lines = shown.map((finding, index) => `${index + 1}. ${[renderFinding(finding), ...more(finding).map(indented)].join("\n")}`);
  if (shown.length < findings.length) lines.push(`… and ${findings.length - shown.length} more: response_format detailed`);
  return lines.join("\n");
}

function renderFinding({ severity, rule, span, message, fix, undo }: Finding): string {
  const place = span === undefined ? "" : `, ${span.line}:${span.column}`;
  const lines = [`${severity} ${rule}${place}. ${message}`];
  if (fix !== undefined) lines.push(indented(fix));
  if (undo !== undefined) lines.push(indented(`undo: ${undo}`));
  return lines.join("\n");
}

const indented = (text: string) => text.replaceAll(/^/gm, "   ");

/** "2 errors, 1 warning". */
export function tally(findings: readonly Finding[]): string {
  const counts = severities.map((severity) => ({ severity, number: findings.filter((finding) => finding.severity === severity).length }));
  return counts
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => (severity === "info" ? `${number} info` : count(number, severity)))
    .join(", ");
}

export function renderLimits(all: readonly string[]): string {
  return all.length === 0 ? "" : `Not seen: ${all.join("; ")}.`;
}

/** Parts with nothing in them leave no empty lines; an answer that is too long says so where it is cut. */
export function join(parts: readonly string[], format: ResponseFormat): string {
  const text = parts.filter((part) => part !== "").join("\n\n");
  const most = format === "concise" ? CONCISE_CHARACTERS : DETAILED_CHARACTERS;
  if (text.length <= most) return text;
  const more = format === "concise" ? "response_format detailed shows more" : "ask about fewer things at once";
  return `${text.slice(0, most)}\n… cut at ${most} characters: ${more}.`;
}
