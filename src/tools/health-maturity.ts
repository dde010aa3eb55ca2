import * as z from "zod";
import { findRelation } from "../catalog/catalog.ts";
import type { Health } from "../catalog/health.ts";
import { readPoolers } from "../catalog/poolers.ts";
import { readStandbys } from "../catalog/standbys.ts";
import type { Table } from "../catalog/tables.ts";
import { coverageOf } from "../maturity/coverage.ts";
import type { Evidence, Statements } from "../maturity/evidence.ts";
import { levelNames, maturityOf } from "../maturity/maturity.ts";
import { listsMigrations } from "../maturity/migration-tables.ts";
import { run } from "../rules/rule.ts";
import { schemaRules } from "../rules/schema-rules.ts";
import type { RelationRef } from "../sql/relations.ts";
import { type Counted, readCounted } from "../workload/counted.ts";
import type { ResponseFormat } from "./answer.ts";
import { managedAmong } from "./managed-schemas.ts";
import { type KnownSchema, withWholeSchema } from "./schema.ts";
import { countsIn } from "./slow-workload.ts";
import type { Context } from "./tool.ts";

const indicator = z.object({
  level: z.int(),
  name: z.string(),
  state: z.enum(["met", "not met", "cannot be seen"]),
  value: z.string(),
  needs: z.string().optional(),
  ask: z.string().optional(),
  step: z.string().optional(),
});

export const maturity = z.object({
  level: z.int().describe("1 to 5, by what can be seen"),
  name: z.string(),
  indicators: z.array(indicator),
  steps: z.array(z.string()).describe("Towards the next level"),
});
export type MaturityTold = z.infer<typeof maturity>;

/** Tables that are not in first normal form, or near it, going by their columns. */
const denormalising = new Set(["schema/eav-table", "schema/multi-valued-column", "schema/repeated-columns"]);

export async function readMaturity(health: Health, context: Context): Promise<MaturityTold> {
  const known = await withWholeSchema({}, context, async (read) => read);
  const { standbys, poolers, counts } = await context.database().transaction(
    async (connection) => ({
      standbys: await readStandbys(connection),
      poolers: context.database().snapshot() === undefined ? await readPoolers(connection) : undefined,
      counts: await countsIn(connection),
    }),
    context,
  );
  context.progress("Judging what was read");
  const statements = await statementsOf(counts, known);
  const { level, indicators, steps } = maturityOf({ ...tablesOf(known, health), health, standbys, poolers, statements });
  return { level, name: levelNames[level], indicators: [...indicators], steps: [...steps] };
}

function tablesOf({ schema }: KnownSchema, { versionNumber }: Health): Pick<Evidence, "schema" | "tables" | "migrations" | "denormalised"> {
  const managed = managedAmong(
    schema.schemas.map(({ name }) => name),
    schema.roles.map(({ name }) => name),
  );
  const migrations = schema.tables.filter(listsMigrations);
  const tables = schema.tables.filter(
    (table) =>
      !managed.has(table.schema) && !migrations.includes(table) && table.partition.bound === undefined && table.kind !== "foreign table",
  );
  const rules = schemaRules.filter(({ id }) => denormalising.has(id));
  const found = run(rules, { ...schema, tables }, Math.floor(versionNumber / 10_000));
  return {
    schema: { ...schema, sequences: schema.sequences.filter((sequence) => !managed.has(sequence.schema)) },
    tables,
    migrations: migrations.map(({ schema: of, name }) => `${of}.${name}`),
    denormalised: [...new Set(found.flatMap(({ object }) => object?.split(".")[0] ?? []))],
  };
}

async function statementsOf(
  { found, missing }: Awaited<ReturnType<typeof countsIn>>,
  { directory, schema }: KnownSchema,
): Promise<Statements> {
  if ("state" in found) {
    const why =
      found.state === "left out" ? "the snapshot was written without the workload" : (missing ?? "pg_stat_statements cannot be read");
    return { state: found.state, why: why.replace(/[.;]$/, "") };
  }
  if (found.statements.length === 0 && found.hiddenCalls > 0) return { state: "not readable", why: (missing ?? "").replace(/[.;]$/, "") };
  const byOid = new Map(schema.tables.map((table) => [table.oid, table]));
  const find = (written: RelationRef): Table | undefined => byOid.get(findRelation(directory, written)?.oid ?? 0);
  const { statements, all } = await readCounted(found.statements, "calls");
  return {
    state: "ready",
    calls: all.calls,
    counted: statements.map(({ meanTime, calls, statement }) => ({ meanTime, calls, pages: pagesOf(statement) })),
    coverage: await coverageOf(statements, find),
  };
}

function pagesOf({ tree }: Counted["statement"]): "by offset" | "by limit" | undefined {
  if (!("SelectStmt" in tree)) return undefined;
  const { limitCount, limitOffset } = tree.SelectStmt;
  return limitOffset ? "by offset" : limitCount ? "by limit" : undefined;
}

/** "level 2 of 5 (structured)" */
export function maturityVerdict({ level, name, indicators }: MaturityTold): string {
  const seen = indicators.filter(({ state }) => state !== "cannot be seen").length;
  return `maturity level ${level} of 5 (${name}), by the ${seen} of ${indicators.length} indicators that can be seen from here`;
}

const marks = { met: "[x]", "not met": "[ ]", "cannot be seen": "[?]" } as const;

const LEGEND = "[x] met, [ ] not met, [?] cannot be seen from here: why, and what to ask.";

/** What the next level asks for, or all levels. */
export function renderMaturity({ level, indicators, steps }: MaturityTold, format: ResponseFormat): string {
  const last = format === "concise" ? Math.min(level + 1, 5) : 5;
  const parts = ([2, 3, 4, 5] as const)
    .filter((each) => each <= last)
    .map((each) =>
      [`Level ${each}, ${levelNames[each]}:`, ...indicators.filter((one) => one.level === each).map(renderIndicator)].join("\n"),
    );
  const more = last < 5 ? [`Levels above ${last}: response_format detailed`] : [];
  const next =
    steps.length === 0
      ? []
      : [[level < 5 ? `Towards level ${level + 1}:` : "To stay there:", ...steps.map((step, place) => `${place + 1}. ${step}`)].join("\n")];
  return [LEGEND, ...parts, ...more, ...next].join("\n\n");
}

function renderIndicator({ name, state, value, needs, ask }: MaturityTold["indicators"][number]): string {
  const end = state === "cannot be seen" ? `${value}. ${ask}` : `${value} (needs: ${needs})`;
  return `${marks[state]} ${name}: ${end}`;
}
