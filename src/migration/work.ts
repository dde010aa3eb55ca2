import type { Node } from "@pgsql/types";
import type { Capacity } from "../catalog/capacity.ts";
import type { Table } from "../catalog/tables.ts";
import { addedConstraintsOf, alterationsOf } from "../sql/alterations.ts";
import type { Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import { walkExpression } from "../sql/walk.ts";
import { type Duration, durationOf } from "./duration.ts";
import { rowsChanged } from "./rows-changed.ts";
import type { Effect } from "./step.ts";

/**
 * Bytes that a statement moves, from the sizes of its tables as they are now. Undefined: nobody knows. Held against real servers
 * by `tests/migration/work.test.ts`.
 */
export interface Work {
  /** Of tables, indexes and sorts, as often as each is read. */
  readonly readBytes: number | undefined;
  /** To tables, indexes and sorts. WAL comes on top. */
  readonly writtenBytes: number | undefined;
  readonly walBytes: number | undefined;
  /** By which the files are larger at the peak than before, WAL aside. */
  readonly extraDiskBytes: number | undefined;
  /** Once it has its locks. */
  readonly seconds: Duration | undefined;
}

const MB = 1024 * 1024;
/** The defaults of `maintenance_work_mem` and `shared_buffers`. */
const usual: Capacity = { maintenanceMemory: 64 * MB, sharedBuffers: 128 * MB };

/** The same as {@link Work}; not a number where nobody knows, which a sum keeps. */
interface Sum {
  readonly read: number;
  readonly written: number;
  readonly wal: number;
  readonly extra: number;
}

const UNKNOWN = Number.NaN;
const unknown: Sum = { read: UNKNOWN, written: UNKNOWN, wal: UNKNOWN, extra: UNKNOWN };
const onlyRead = (read: number): Sum => ({ read, written: 0, wal: 0, extra: 0 });

type Ran = { readonly statement: Statement; readonly effects: readonly Effect[] };

/** Undefined: it moves no rows of a table that was there. */
export function workOf(ran: Ran, capacity: Capacity = usual): Work | undefined {
  const parts = [
    ...rowsMoved(ran, capacity),
    ...ran.effects.flatMap((effect) => partOf(effect, ran, capacity)),
    ...queried(ran),
    ...computed(ran),
  ];
  if (parts.length === 0) return undefined;
  const total = (part: keyof Sum) => {
    const sum = parts.reduce((all, each) => all + each[part], 0);
    return Number.isNaN(sum) ? undefined : Math.round(sum);
  };
  const bytes = { readBytes: total("read"), writtenBytes: total("written"), walBytes: total("wal"), extraDiskBytes: total("extra") };
  return { ...bytes, seconds: durationOf(bytes) };
}

/** A partitioned table has no bytes of its own. */
const heapOf = ({ bytes, kind }: Table) => bytes ?? (kind === "partitioned table" ? 0 : UNKNOWN);

const isConcurrent = ({ text, kind }: Statement) => (kind === "IndexStmt" || kind === "ReindexStmt") && /\bconcurrently\b/i.test(text);

function partOf(effect: Effect, { statement }: Ran, capacity: Capacity): readonly Sum[] {
  const { table, rewrites, scans, builds, builtBytes } = effect;
  if (!table || !(rewrites || scans || builds.length > 0)) return [];
  const heap = heapOf(table);
  const copied = rewrites ? heap + table.toastBytes : 0;
  const indexes = builtBytes.reduce<number>((sum, bytes) => sum + (bytes ?? UNKNOWN), 0);
  const sorts = builtBytes.map((bytes) => sortOf(table, bytes, capacity));
  const sorted = sorts.reduce((sum, bytes) => sum + bytes, 0);
  // The second scan of CONCURRENTLY finds what the first has missed by comparing the table with the index.
  const scanned = builds.length * heap * (isConcurrent(statement) ? 2 : 1) + (isConcurrent(statement) ? indexes : 0);
  const made = copied + indexes;
  return [
    {
      read: copied + scanned + (scans ? heap : 0) + sorted,
      written: made + sorted,
      wal: isLogged(table, statement) ? made : 0,
      extra: made + Math.max(0, ...sorts),
    },
  ];
}

/** Measured on 15 and 18: a sort on disk keeps an entry of a narrow key in 40 bytes. */
const SORTED_ENTRY = 40;

/** What building an index of so many bytes puts on disk to sort it. */
function sortOf({ rows = 0 }: Table, bytes: number | undefined, { maintenanceMemory }: Capacity): number {
  const sorted = Math.max(bytes ?? UNKNOWN, rows * SORTED_ENTRY);
  return sorted <= maintenanceMemory ? 0 : sorted;
}

function isLogged({ persistence }: Table, statement: Statement): boolean {
  const subtypes = alterationsOf(statement).map(({ command }) => command.subtype);
  if (subtypes.includes("AT_SetLogged")) return true;
  return persistence === "permanent" && !subtypes.includes("AT_SetUnLogged");
}

const readers: ReadonlySet<string> = new Set<Statement["kind"]>(["CreateTableAsStmt", "RefreshMatViewStmt", "InsertStmt"]);

/** What else is read: tables that a query of the statement names, and the other side of a foreign key that is checked. */
function queried({ statement, effects }: Ran): readonly Sum[] {
  const used = (locks: readonly string[]) =>
    effects.flatMap(({ table, lock, scans, rewrites }) =>
      table && lock && locks.includes(lock) && !scans && !rewrites ? [heapOf(table)] : [],
    );
  if (readers.has(statement.kind)) return sum(used(["ACCESS SHARE"]));
  const checks = effects.some(({ scans }) => scans) && checksForeignKey(statement);
  return checks ? sum(used(["ROW SHARE", "SHARE ROW EXCLUSIVE"])) : [];
}

/** What an index computes from a long value, it computes from all of it. Of several columns with such values nobody knows which has them. */
function computed({ statement: { tree }, effects }: Ran): readonly Sum[] {
  if (!("IndexStmt" in tree)) return [];
  const { indexParams = [], whereClause } = tree.IndexStmt;
  const expressions = indexParams.flatMap((node) => ("IndexElem" in node && node.IndexElem.expr ? [node.IndexElem.expr] : []));
  const names = new Set([...expressions, whereClause].flatMap(columnsIn));
  return effects.flatMap(({ table, builds }) => {
    if (!table || table.toastBytes === 0 || builds.length === 0) return [];
    const long = table.columns.filter(({ storage }) => storage !== "plain");
    if (!long.some(({ name }) => names.has(name))) return [];
    return [onlyRead(long.length === 1 ? table.toastBytes : UNKNOWN)];
  });
}

const columnsIn = (expression: Node | undefined): readonly string[] =>
  Array.from(walkExpression(expression)).flatMap((visit) => (visit.kind === "ColumnRef" ? namesIn(visit.node.fields).slice(-1) : []));

const sum = (bytes: readonly number[]): readonly Sum[] =>
  bytes.length === 0 ? [] : [onlyRead(bytes.reduce((all, each) => all + each, 0))];

const checksForeignKey = (statement: Statement) =>
  addedConstraintsOf(statement).some(({ constraint }) => constraint.contype === "CONSTR_FOREIGN") ||
  alterationsOf(statement).some(({ command }) => command.subtype === "AT_ValidateConstraint");

/** WAL of a row that is changed, beside its columns, and of its entry in an index: measured on 15 and 18. */
const ROW_RECORD = 54;
const ENTRY_RECORD = 60;

/** What a statement does to rows that a twin does not have. */
function rowsMoved({ statement, effects }: Ran, { sharedBuffers }: Capacity): readonly Sum[] {
  const changed = rowsChanged(statement, effects);
  if (changed === undefined) return [];
  const { table, how } = changed;
  if (how === "unknown" || !table) return [unknown];
  const heap = heapOf(table);
  const rows = table.rows ?? UNKNOWN;
  const logged = table.persistence === "permanent" ? 1 : 0;
  if (how === "deleted") {
    const marked = heap + table.toastBytes;
    return [{ read: marked, written: marked, wal: logged * (marked + rows * ROW_RECORD), extra: 0 }];
  }
  // Each row leaves its old version where it was: the pages of both, whole once after each checkpoint, and of the indexes likewise.
  const indexes = table.indexes.reduce((all, { bytes }) => all + bytes, 0);
  const written = 2 * (heap + indexes);
  const records = rows * (ROW_RECORD + ENTRY_RECORD * table.indexes.length);
  const read = indexes > sharedBuffers ? UNKNOWN : heap + indexes;
  return [{ read, written, wal: logged * (written + records), extra: heap + indexes }];
}
