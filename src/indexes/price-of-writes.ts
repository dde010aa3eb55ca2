import type { Node, RangeVar } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { parseExpression, type Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";

/** Between the least and the most that it can be. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** What an index takes at each write to its table. Counters are of one server. */
export interface Writes {
  /** ISO 8601; undefined: since the table was made, or since the server lost its counters. */
  readonly since: string | undefined;
  /** Rows, partitions taken together. */
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  /** Of the updates, those that touched no index; undefined where none was counted. */
  readonly hotShare: number | undefined;
  /**
   * Rows that would have got a new entry for each 1000 that were written: at least the inserted ones and those of updates that were not
   * HOT, at most those of all updates. Undefined where nothing was counted.
   */
  readonly entries: Range | undefined;
  /**
   * For one such row. Undefined where nobody has measured it for this kind of index, or nobody knows how many elements a row has.
   * A page that changes for the first time after a checkpoint is logged whole besides, 8 kB
   * (https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FULL-PAGE-WRITES).
   */
  readonly walBytesPerRow: number | undefined;
  /** Statements of the workload that write to it, whatever rows they meet. */
  readonly addedBy: readonly number[];
  /** Of those, UPDATEs that set no column that an index holds today: they stop being HOT, and write to every index of the table. */
  readonly losesHot: readonly number[];
  /** Indexes that a row's update then writes to besides. */
  readonly otherIndexes: number;
}

interface Asked {
  readonly candidate: { readonly table: Table; readonly method: string };
  /** The table, or its partitions. */
  readonly leaves: readonly Table[];
  /** Columns that the index holds: as key, in an expression, in its predicate, included. */
  readonly columns: ReadonlySet<string>;
  readonly statements: readonly { readonly number: number; readonly statement: Statement }[];
  /** Whether a statement means this table, or a partition of it. */
  isMeant(relation: RangeVar): boolean;
  /** Of the table's rows, those that the index has. */
  readonly share: number;
  readonly walBytesPerRow: number | undefined;
  readonly since: string | undefined;
  readonly versionNumber: number;
}

export function writesOf(asked: Asked): Writes {
  const { candidate, leaves, columns, statements, isMeant, share, walBytesPerRow, since } = asked;
  const { inserts, updates, deletes, hotUpdates } = countersOf(leaves);
  const isHot = keepsHot(candidate.method, asked.versionNumber);
  const held = columnsHeldToday(candidate.table, asked.versionNumber);
  const own = withGenerated(columns, candidate.table);
  const writers = statements.map(({ number, statement }) => ({ number, writes: writesIn(statement.tree, isMeant) }));
  const setsIt = (write: Write) => write.sets.some((column) => own.has(column));
  const isNew = (write: Write) => setsIt(write) && !isHot && !write.sets.some((column) => held.has(column));

  const written = inserts + updates + deletes;
  // BRIN has no entry for a row: many rows change nothing in it.
  const certain = candidate.method === "brin" ? 0 : inserts + updates - hotUpdates;
  const perThousand = (rows: number) => Math.round((1000 * rows * share) / written);
  const entries =
    written === 0 ? undefined : { from: perThousand(certain), to: perThousand(inserts + (isHot ? updates - hotUpdates : updates)) };
  return {
    since,
    inserts,
    updates,
    deletes,
    hotShare: updates === 0 ? undefined : hotUpdates / updates,
    entries,
    walBytesPerRow,
    addedBy: numbersOf(writers, (write) => write.kind === "insert" || setsIt(write)),
    losesHot: numbersOf(writers, isNew),
    otherIndexes: candidate.table.indexes.filter(({ method }) => !keepsHot(method, asked.versionNumber)).length,
  };
}

function countersOf(leaves: readonly Table[]) {
  const sum = (of: (usage: Table["usage"]) => number) => leaves.reduce((total, { usage }) => total + of(usage), 0);
  const updates = sum((usage) => usage.updates);
  return {
    inserts: sum((usage) => usage.inserts),
    updates,
    deletes: sum((usage) => usage.deletes),
    // Counters are read one after the other while others write.
    hotUpdates: Math.min(
      updates,
      sum((usage) => usage.hotUpdates),
    ),
  };
}

/** Since 16 an index that only summarizes does not stand in the way of HOT updates (https://www.postgresql.org/docs/16/storage-hot.html); of Postgres's own that is BRIN. */
const keepsHot = (method: string, versionNumber: number) => method === "brin" && versionNumber >= 160000;

interface Write {
  readonly kind: "insert" | "update";
  /** Columns that it gives new values. */
  readonly sets: readonly string[];
}

/** A DELETE writes to no index: VACUUM takes the entry away. */
function writesIn(tree: Node, isMeant: Asked["isMeant"]): readonly Write[] {
  const found: Write[] = [];
  for (const { kind, node } of walk(tree)) {
    if (kind === "UpdateStmt" && node.relation && isMeant(node.relation)) found.push({ kind: "update", sets: targetsIn(node.targetList) });
    if (kind === "InsertStmt" && node.relation && isMeant(node.relation)) {
      found.push({ kind: "insert", sets: [] }, { kind: "update", sets: targetsIn(node.onConflictClause?.targetList) });
    }
    if (kind === "MergeStmt" && node.relation && isMeant(node.relation)) found.push(...(node.mergeWhenClauses ?? []).flatMap(whenIn));
  }
  return found;
}

function whenIn(clause: Node): readonly Write[] {
  if (!("MergeWhenClause" in clause)) return [];
  const { commandType, targetList } = clause.MergeWhenClause;
  if (commandType === "CMD_INSERT") return [{ kind: "insert", sets: [] }];
  return commandType === "CMD_UPDATE" ? [{ kind: "update", sets: targetsIn(targetList) }] : [];
}

const targetsIn = (targets: readonly Node[] = []): readonly string[] =>
  targets.flatMap((target) => ("ResTarget" in target && target.ResTarget.name !== undefined ? [target.ResTarget.name] : []));

const numbersOf = (writers: readonly { readonly number: number; readonly writes: readonly Write[] }[], is: (write: Write) => boolean) =>
  writers.filter(({ writes }) => writes.some(is)).map(({ number }) => number);

/** What a generated column is made of changes it. */
const withGenerated = (columns: ReadonlySet<string>, table: Table): ReadonlySet<string> =>
  new Set(
    table.columns.flatMap(({ name, expression }) =>
      columns.has(name) ? [name, ...(expression === undefined ? [] : columnsIn(parseExpression(expression)))] : [],
    ),
  );

/** Every column that is named in an index, or in a part of one. Keys stand in CREATE INDEX without being column references. */
export function columnsIn(node: Node | undefined): readonly string[] {
  const found: string[] = [];
  for (const { kind, node: inner } of walk(node)) {
    if (kind === "IndexElem" && inner.name !== undefined) found.push(inner.name);
    if (kind === "ColumnRef") found.push(...namesIn(inner.fields).slice(-1));
  }
  return found;
}

/** By the indexes that an update must leave alone to be HOT. */
const columnsHeldToday = (table: Table, versionNumber: number): ReadonlySet<string> => {
  const held = table.indexes
    .filter(({ method }) => !keepsHot(method, versionNumber))
    .flatMap(({ keys, include, where }) => [...keys, ...include, ...(where === undefined ? [] : [where])])
    .flatMap((text) => columnsIn(parseExpression(text)));
  return withGenerated(new Set(held), table);
};
