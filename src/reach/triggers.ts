import type { Table } from "../catalog/tables.ts";
import type { Trigger } from "../catalog/triggers.ts";
import { parseStatements } from "../sql/parse.ts";
import type { Change } from "./write.ts";

export interface Firing {
  readonly name: string;
  readonly timing: "before" | "after" | "instead of";
  readonly each: "row" | "statement";
  readonly event: Change["kind"];
  /** Schema-qualified and quoted. */
  readonly function: string;
  /** It has a WHEN, which may keep it from firing. */
  readonly conditional: boolean;
}

/** A trigger as its definition says. */
export interface ReadTrigger extends Omit<Firing, "event"> {
  readonly table: number;
  readonly inherited: boolean;
  readonly events: readonly Change["kind"][];
  /** Of UPDATE OF; empty for every column. */
  readonly columns: readonly string[];
}

/** Bits of `CreateTrigStmt` (`TRIGGER_TYPE_…` in src/include/catalog/pg_trigger.h). */
const [BEFORE, INSTEAD] = [2, 64];
const events = { insert: 4, delete: 8, update: 16 } as const;

/** Those that fire in a session of an application: neither foreign keys' own nor those that are off, or on for replication only. */
export async function readDefinitions(triggers: readonly Trigger[]): Promise<readonly ReadTrigger[]> {
  const live = triggers.filter(({ internal, enabled }) => !internal && (enabled === "origin" || enabled === "always"));
  const read: ReadTrigger[] = [];
  for (const { definition, name, table, inherited, functionName } of live) {
    const [statement] = await parseStatements(definition, { what: "a trigger" }).catch(() => []);
    if (!statement || !("CreateTrigStmt" in statement.tree)) continue;
    const { timing = 0, events: bits = 0, row = false, columns = [], whenClause } = statement.tree.CreateTrigStmt;
    read.push({
      name,
      table,
      inherited,
      function: functionName,
      timing: timing === BEFORE ? "before" : timing === INSTEAD ? "instead of" : "after",
      each: row ? "row" : "statement",
      events: (["insert", "update", "delete"] as const).filter((event) => (bits & events[event]) !== 0),
      columns: columns.flatMap((node) => ("String" in node ? (node.String.sval ?? []) : [])),
      conditional: whenClause !== undefined,
    });
  }
  return read;
}

/** The triggers that changes of a table fire: its own, and of a parent those that its partitions have for themselves. */
export function firedBy(table: Table, changes: readonly Change[], { triggers, tables }: Place): readonly Firing[] {
  const below = new Set(descendants(table, tables).map(({ oid }) => oid));
  const near = triggers.filter(({ table: oid, each, inherited }) => oid === table.oid || (below.has(oid) && each === "row" && !inherited));
  return near.flatMap(({ table: _, inherited: __, events, columns, ...trigger }) =>
    changes
      .filter(({ kind, columns: set }) => events.includes(kind) && (kind !== "update" || isOf(columns, set)))
      .map(({ kind }) => ({ ...trigger, event: kind })),
  );
}

interface Place {
  readonly triggers: readonly ReadTrigger[];
  readonly tables: readonly Table[];
}

const isOf = (columns: readonly string[], set: readonly string[]) => columns.length === 0 || columns.some((column) => set.includes(column));

const descendants = ({ oid }: Table, tables: readonly Table[]): readonly Table[] =>
  tables.filter(({ parents }) => parents.some((parent) => parent.oid === oid)).flatMap((child) => [child, ...descendants(child, tables)]);
