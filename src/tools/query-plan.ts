import { findRelation, findSequence } from "../catalog/catalog.ts";
import type { Table } from "../catalog/tables.ts";
import type { Refused, ToolError } from "../error.ts";
import { spilledAtHome } from "../plan/hash-memory.ts";
import { newerThan } from "../plan/newer.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";
import { placeholdersOf, relationsOf } from "../sql/relations.ts";
import { constantsOf } from "../sql/written-constants.ts";
import { inCallersWords, isWrongAnywhere, notPlannable } from "./not-plannable.ts";
import type { Subject } from "./schema.ts";

export interface Planned {
  readonly plan: Plan | undefined;
  /** What the caller has to put right: any server would refuse it. */
  readonly refused?: ToolError;
  /** Why there is no plan, where that may be the twin's own fault. */
  readonly limits: readonly string[];
}

/** A refusal that the caller can put right is told apart from one that the twin's gaps may explain. */
export async function planIn(subject: Subject, statement: Statement): Promise<Planned> {
  const { session, directory, catalog } = subject;
  const { tables } = catalog;
  const explained = await session.explain({
    sql: statement.text,
    searchPath: directory.settings.searchPath,
    generic: placeholdersOf(statement).length > 0,
  });
  if (explained.refused !== undefined) {
    const sequences = relationsOf(statement).filter((written) => !findRelation(directory, written) && findSequence(directory, written));
    if (sequences.length > 0)
      return { plan: undefined, limits: [`sequences are not in the twin: ${sequences.map(({ name }) => quote(name)).join(", ")}`] };
    if (isCallers(explained.refused, subject)) return { plan: undefined, refused: notPlannable(explained.refused, statement), limits: [] };
    return { plan: undefined, limits: [`the twin could not plan it: ${inCallersWords(explained.refused.message, statement)}`] };
  }
  if (subject.sizes === "unknown") return { plan: undefined, limits: [] };
  const relations = new Map(
    tables.flatMap((table) =>
      table.rows === undefined
        ? []
        : [[`${table.schema}.${table.name}`, { rows: table.rows, pages: table.size.blocks, partitionKey: partitionKeyOf(table, tables) }]],
    ),
  );
  const { planner, versionNumber } = directory.settings;
  const plan = parsePlan(explained.plan, { relations, constants: constantsOf(statement), ...workMem(planner) });
  const hashMemory = plan.workMem * Number(planner.get("hash_mem_multiplier") ?? 1);
  return { plan, limits: [...newerThan({ versionNumber, plan, sql: statement.text }), ...spilledAtHome(plan, hashMemory)] };
}

/** Those of its parents too. */
function partitionKeyOf({ parents }: Table, tables: readonly Table[]): string {
  const [parent] = tables.filter(({ oid }) => parents.some((each) => each.oid === oid));
  return parent ? [parent.partition.key, partitionKeyOf(parent, tables)].filter(Boolean).join(", ") : "";
}

/** Functions, operators and types may be there, and only not in the twin. */
const perhapsOurs = new Set(["42883", "42704", "42501"]);

const isCallers = (refused: Refused, { complete }: Subject) =>
  isWrongAnywhere(refused) || (complete && /^(42|22)/.test(refused.code) && !perhapsOurs.has(refused.code));

/** Bytes, from a setting as `SET` takes it: "4096kB". */
function workMem(planner: ReadonlyMap<string, string>): { workMem?: number } {
  const kilobytes = /^(\d+)kB$/.exec(planner.get("work_mem") ?? "")?.[1];
  return kilobytes === undefined ? {} : { workMem: Number(kilobytes) * 1024 };
}
