import * as z from "zod";
import { type Unused, whyNotUsed } from "../indexes/passed-over/why-not-used.ts";
import type { Statement } from "../sql/parse.ts";
import { nameOf } from "../sql/quote.ts";
import { rounded } from "./advice-statements.ts";
import { written } from "./advice-verdict.ts";
import type { Subject } from "./schema.ts";

export const unusedIndexes = z.array(
  z.object({
    statement: z.int(),
    name: z.string(),
    table: z.string(),
    clause: z.object({ kind: z.enum(["condition", "join", "order"]), text: z.string(), line: z.int(), column: z.int() }).optional(),
    why: z.enum(["cannot serve", "costs more", "not needed", "not known"]),
    reason: z.string(),
    cost_today: z.number().optional().describe("Of the statement, in the planner's units"),
    cost_reading: z.number().optional().describe("With this index as the only way"),
    rows: z.number().optional().describe("That it finds, of table_rows"),
    table_rows: z.number().optional(),
    flips: z.array(z.string()).describe("What would have the planner read it"),
    notes: z.array(z.string()),
  }),
);
export type UnusedTold = z.infer<typeof unusedIndexes>;

interface Asked {
  readonly number: number;
  readonly statement: Statement;
  /** Whether costs are real, or would be invented. */
  readonly told: boolean;
}

export async function unusedBy({ number, statement, told }: Asked, { session, directory, catalog, find }: Subject): Promise<UnusedTold> {
  const place = { session, searchPath: directory.settings.searchPath, tables: catalog.tables, find };
  return (await whyNotUsed({ ...place, statement })).map((unused) => unusedOf(unused, { number, told }));
}

function unusedOf(
  { index, table, clause, why, reason, costs, flips, notes }: Unused,
  { number, told }: Pick<Asked, "number" | "told">,
): UnusedTold[number] {
  const figures = told ? costs : undefined;
  return {
    statement: number,
    name: nameOf(index.schema, index.name).toString(),
    table: nameOf(table.schema, table.name).toString(),
    ...(clause && { clause: { kind: clause.kind, text: clause.text, line: clause.span.line, column: clause.span.column } }),
    why,
    reason,
    ...(figures && { cost_today: rounded(figures.today), cost_reading: rounded(figures.reading) }),
    ...(figures?.rows !== undefined && { rows: figures.rows }),
    ...(figures?.tableRows !== undefined && { table_rows: figures.tableRows }),
    flips: told ? flips.map(({ text }) => text) : [],
    notes: told ? [...notes] : [],
  };
}

export function unusedLines(unused: UnusedTold): readonly string[] {
  return unused.length === 0 ? [] : ["Indexes not read:", ...unused.flatMap(linesOf)];
}

function linesOf({
  name,
  clause,
  why,
  reason,
  cost_today,
  cost_reading,
  rows,
  table_rows,
  flips,
  notes,
}: UnusedTold[number]): readonly string[] {
  const place = clause ? `, for \`${clause.text}\` (${clause.line}:${clause.column})` : "";
  const found = rows === undefined || table_rows === undefined ? "" : `, finding ${written(rows)} of ${written(table_rows)} rows`;
  const figures =
    cost_today === undefined || cost_reading === undefined ? "" : `: ${written(cost_reading)} against ${written(cost_today)}${found}`;
  return [
    `   ${name}${place}: ${why}, ${reason}${figures}.`,
    ...(flips.length > 0 ? [`      It is read ${flips.join("; ")}.`] : []),
    ...notes.map((note) => `      ${note}`),
  ];
}
