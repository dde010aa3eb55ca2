import type { Table } from "../catalog/tables.ts";
import { indexName } from "../sql/index-name.ts";
import { nameOf, raw, sql } from "../sql/quote.ts";
import { type Candidate, partsOf } from "./candidate.ts";
import { clausesOf } from "./definition.ts";

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

const UNIQUE = "two equal rows make it fail and leave an invalid index behind, which its undo drops";
const BRIEF = "its undo locks the table and all partitions for a moment";

interface Wanted {
  readonly candidate: Candidate;
  /** All that may be partitions of its table. */
  readonly tables: readonly Table[];
  /** Names of indexes that are there or promised; the new ones are added. */
  readonly taken: Set<string>;
}

/** A candidate that a caller wrote as a whole statement is not to be written anew. */
export function scriptFor(wanted: Wanted): Script {
  const { table, extension, unique } = wanted.candidate;
  const made = table.kind === "partitioned table" ? scriptForPartitions(wanted) : scriptForTable(wanted);
  const notes = [...made.notes, ...(unique ? [UNIQUE] : [])];
  if (extension === undefined) return { ...made, notes };
  return {
    ...made,
    // Its operator classes are named with this schema.
    sql: `${sql`create extension if not exists ${extension} with schema public;`}\n${made.sql}`,
    undo: `${made.undo}\n${sql`drop extension if exists ${extension};`}`,
    notes: [...notes, `dropping ${extension} is refused while something else needs it`],
  };
}

function scriptForTable({ candidate, taken }: Wanted): Script {
  const { table } = candidate;
  const name = newName(table, { candidate, taken });
  return { name, sql: concurrently(table, name, candidate), undo: sql`drop index concurrently ${nameOf(table.schema, name)};`, notes: [] };
}

const concurrently = (table: Table, name: string, candidate: Candidate) =>
  sql`create ${uniqueness(candidate)}index concurrently ${name} on ${nameOf(table.schema, table.name)} ${clauses(candidate)};`;

const uniqueness = ({ unique }: Candidate) => raw(unique ? "unique " : "");
const clauses = (candidate: Candidate) => raw(clausesOf(partsOf(candidate)));

function newName({ name: table }: Table, { candidate: { keys, include }, taken }: Pick<Wanted, "candidate" | "taken">): string {
  const words = [...keys.map(({ column, text }) => column ?? text), ...include];
  const name = indexName({ table, keys: words, taken: [...taken] });
  taken.add(name);
  return name;
}

/**
 * CONCURRENTLY is not for a partitioned table: its index is made empty, each partition's beside it, and then attached
 * (https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE).
 */
function scriptForPartitions(wanted: Wanted): Script {
  const { candidate, tables } = wanted;
  const { table } = candidate;
  const name = newName(table, wanted);
  const undo = sql`drop index ${nameOf(table.schema, name)};`;
  const blocked = whyBlocked(table, tables);
  if (blocked === undefined) return { name, sql: [...built(table, name, wanted)].join("\n"), undo, notes: [BRIEF] };
  return {
    name,
    sql: sql`create ${uniqueness(candidate)}index ${name} on ${nameOf(table.schema, table.name)} ${clauses(candidate)};`,
    undo,
    notes: [
      `it blocks writes to every partition until it is built, since ${blocked}: what was built on a partition before, concurrently and with the same definition, is taken over`,
      BRIEF,
    ],
  };
}

function whyBlocked(table: Table, tables: readonly Table[]): string | undefined {
  const parts = allPartsOf(table, tables);
  if (parts.length > MOST_PARTITIONS) return `there are ${parts.length} partitions, too many to write out`;
  // The index of the whole is valid only once every partition has a part of it, and a foreign table has no indexes.
  if (parts.some(({ kind }) => kind === "foreign table")) return "a partition is a foreign table";
  const isKnown = (each: Table) => each.kind !== "partitioned table" || partitionsOf(each, tables).length >= each.children;
  return [table, ...parts].every(isKnown) ? undefined : "not all of its partitions are known here";
}

function* built(table: Table, name: string, wanted: Wanted): Generator<string> {
  const { candidate, tables } = wanted;
  if (table.kind !== "partitioned table") {
    yield concurrently(table, name, candidate);
    return;
  }
  yield sql`create ${uniqueness(candidate)}index ${name} on only ${nameOf(table.schema, table.name)} ${clauses(candidate)};`;
  for (const part of partitionsOf(table, tables)) {
    const own = newName(part, wanted);
    yield* built(part, own, wanted);
    yield sql`alter index ${nameOf(table.schema, name)} attach partition ${nameOf(part.schema, own)};`;
  }
}

const partitionsOf = (table: Table, tables: readonly Table[]) =>
  tables.filter(({ partition, parents }) => partition.bound !== undefined && parents.some(({ oid }) => oid === table.oid));

const allPartsOf = (table: Table, tables: readonly Table[]): readonly Table[] =>
  partitionsOf(table, tables).flatMap((part) => [part, ...allPartsOf(part, tables)]);

/** The tables that hold the rows: the partitions, or the table itself. */
export const leavesOf = (table: Table, tables: readonly Table[]): readonly Table[] =>
  table.kind === "partitioned table" ? partitionsOf(table, tables).flatMap((part) => leavesOf(part, tables)) : [table];

/** The table that an index is made on so that all partitions have it. */
export function rootOf(table: Table, tables: readonly Table[]): Table {
  const [parent] = table.partition.bound === undefined ? [] : table.parents;
  const above = parent && tables.find(({ oid }) => oid === parent.oid);
  return above ? rootOf(above, tables) : table;
}
