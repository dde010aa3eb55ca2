import type { Table } from "../catalog/tables.ts";
import { indexName } from "../sql/index-name.ts";
import { nameOf, raw, sql } from "../sql/quote.ts";
import { type Key, keysSql } from "./key.ts";

/** What to paste to make an index without stopping writes, and what takes it back. */
export interface Script {
  readonly name: string;
  readonly sql: string;
  readonly undo: string;
  /** What to know before pasting it. */
  readonly notes: readonly string[];
}

/** More partitions than this, and the script is not written out. */
const MOST_PARTITIONS = 20;

const BLOCKING =
  "it blocks writes to every partition until it is built: to avoid that, build it on each partition first, concurrently, and attach";

interface Wanted {
  readonly table: Table;
  readonly keys: readonly Key[];
  /** All that may be partitions of the table. */
  readonly tables: readonly Table[];
  /** Names of indexes that are there or promised; the new ones are added. */
  readonly taken: Set<string>;
}

export function scriptFor(wanted: Wanted): Script {
  const { table } = wanted;
  if (table.kind === "partitioned table") return scriptForPartitions(wanted);
  const name = newName(table, wanted);
  return {
    name,
    sql: sql`create index concurrently ${name} on ${nameOf(table.schema, table.name)} (${raw(keysSql(wanted.keys))});`,
    undo: sql`drop index concurrently ${nameOf(table.schema, name)};`,
    notes: [],
  };
}

function newName(table: Table, { keys, taken }: Wanted): string {
  const name = indexName({ table: table.name, keys: keys.map(({ column, text }) => column ?? text), taken: [...taken] });
  taken.add(name);
  return name;
}

/**
 * CONCURRENTLY is not for a partitioned table: its index is made empty, each partition's beside it, and then attached
 * (https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE).
 */
function scriptForPartitions(wanted: Wanted): Script {
  const { table } = wanted;
  const name = newName(table, wanted);
  const undo = sql`drop index ${nameOf(table.schema, name)};`;
  if (leavesOf(table, wanted.tables).length > MOST_PARTITIONS) {
    return {
      name,
      sql: sql`create index ${name} on ${nameOf(table.schema, table.name)} (${raw(keysSql(wanted.keys))});`,
      undo,
      notes: [BLOCKING],
    };
  }
  return { name, sql: [...built(table, name, wanted)].join("\n"), undo, notes: [] };
}

function* built(table: Table, name: string, wanted: Wanted): Generator<string> {
  const keys = raw(keysSql(wanted.keys));
  if (table.kind !== "partitioned table") {
    yield sql`create index concurrently ${name} on ${nameOf(table.schema, table.name)} (${keys});`;
    return;
  }
  yield sql`create index ${name} on only ${nameOf(table.schema, table.name)} (${keys});`;
  for (const part of partitionsOf(table, wanted.tables)) {
    const own = newName(part, wanted);
    yield* built(part, own, wanted);
    yield sql`alter index ${nameOf(table.schema, name)} attach partition ${nameOf(part.schema, own)};`;
  }
}

const partitionsOf = (table: Table, tables: readonly Table[]) =>
  tables.filter(({ partition, parents }) => partition.bound !== undefined && parents.some(({ oid }) => oid === table.oid));

/** The tables that hold the rows: the partitions, or the table itself. */
export const leavesOf = (table: Table, tables: readonly Table[]): readonly Table[] =>
  table.kind === "partitioned table" ? partitionsOf(table, tables).flatMap((part) => leavesOf(part, tables)) : [table];

/** The table that an index is made on so that all partitions have it. */
export function rootOf(table: Table, tables: readonly Table[]): Table {
  const [parent] = table.partition.bound === undefined ? [] : table.parents;
  const above = parent && tables.find(({ oid }) => oid === parent.oid);
  return above ? rootOf(above, tables) : table;
}
