import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { nameOf } from "../sql/quote.ts";
import { BLOCK_BYTES } from "../twin/sizes.ts";
import { type StoredColumn, storedColumns } from "./columns.ts";
import { heapBlocks, treeBlocks } from "./packed.ts";

/** Bytes. */
export interface Bytes {
  readonly heap: number;
  readonly indexes: number;
  /** Of long values that are stored outside the rows, without their index. */
  readonly toast: number;
}

export interface TableVolume {
  readonly table: string;
  readonly rows: number;
  /** Of all three together. */
  readonly bytesPerRow: number;
  readonly now: Bytes;
  /** With ten times the rows. */
  readonly tenfold: Bytes;
}

export interface Volume {
  /** The largest first, partitions within their table. */
  readonly tables: readonly TableVolume[];
  /** Tables whose rows nobody counted. */
  readonly uncounted: readonly string[];
  /** Columns whose widths are taken from their types alone, by table. */
  readonly assumed: readonly string[];
  /** Indexes that are no B-trees over columns: left out of what is reckoned, and of what is measured grown in proportion. */
  readonly unsized: readonly string[];
}

/** Of fewer blocks one more or less is much, and what they hold says little of how full more would be. */
const FEW_BLOCKS = 10;
const TIMES = 10;

interface Sized {
  readonly now: Bytes;
  readonly tenfold: Bytes;
  readonly unsized: readonly string[];
}

/**
 * What tables take and what they would take with ten times their rows. `measured`: the sizes of `schema` are those of a server, so that
 * more rows are taken to lie as they do now, dead space included; else both are reckoned from widths, packed.
 */
export function volumeOf(schema: Schema, measured: boolean): Volume {
  const stored = [...schema.tables, ...schema.views].filter(({ kind }) => kind === "table" || kind === "materialized view");
  const byOid = new Map(schema.tables.map((table) => [table.oid, table]));
  const seen = spreadsByTable(schema);
  const found = new Map<Table, TableVolume>();
  const [uncounted, assumed, unsized] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const table of stored) {
    const root = rootOf(table, byOid);
    const name = nameOf(root.schema, root.name).toString();
    if (table.rows === undefined) {
      uncounted.add(name);
      continue;
    }
    const columns = storedColumns(table, seen.get(table.oid) ?? [], schema.types);
    const sized = sizedTable(table, { columns, rows: table.rows, measured });
    const unknown = columns.filter(({ known }) => !known);
    if (table.rows > 0 && unknown.length > 0) assumed.add(name);
    for (const index of sized.unsized) unsized.add(index);
    found.set(root, together(found.get(root), { table: name, rows: table.rows, bytesPerRow: 0, ...sized }));
  }
  const tables = [...found.values()]
    .map((volume) => ({ ...volume, bytesPerRow: volume.rows === 0 ? 0 : Math.round(sumOf(volume.now) / volume.rows) }))
    .sort((one, other) => sumOf(other.tenfold) - sumOf(one.tenfold) || (one.table < other.table ? -1 : 1));
  return { tables, uncounted: [...uncounted], assumed: [...assumed], unsized: [...unsized] };
}

function spreadsByTable({ spreads }: Schema): ReadonlyMap<number, Schema["spreads"]> {
  const found = new Map<number, Schema["spreads"][number][]>();
  for (const spread of spreads) {
    const own = found.get(spread.table.oid);
    if (own) own.push(spread);
    else found.set(spread.table.oid, [spread]);
  }
  return found;
}

export const sumOf = ({ heap, indexes, toast }: Bytes) => heap + indexes + toast;

function rootOf(table: Table, byOid: ReadonlyMap<number, Table>): Table {
  const parent = table.partition.bound === undefined ? undefined : byOid.get(table.parents[0]?.oid ?? 0);
  return parent ? rootOf(parent, byOid) : table;
}

const plus = (one: Bytes, other: Bytes): Bytes => ({
  heap: one.heap + other.heap,
  indexes: one.indexes + other.indexes,
  toast: one.toast + other.toast,
});

function together(one: TableVolume | undefined, { table, rows, bytesPerRow, now, tenfold }: TableVolume): TableVolume {
  if (!one) return { table, rows, bytesPerRow, now, tenfold };
  return { ...one, rows: one.rows + rows, now: plus(one.now, now), tenfold: plus(one.tenfold, tenfold) };
}

interface Held {
  readonly columns: readonly StoredColumn[];
  readonly rows: number;
  readonly measured: boolean;
}

function sizedTable(table: Table, { columns, rows, measured }: Held): Sized {
  const heap = (times: number) => heapBlocks(table, columns, rows * times) * BLOCK_BYTES;
  const valid = table.indexes.filter((index) => index.valid);
  const indexes = valid.map((index) => {
    const share = index.where === undefined || !measured || rows === 0 ? 1 : Math.min(1, index.tuples / rows);
    const tree = (times: number) => {
      const blocks = treeBlocks(index, { columns, rows: rows * times, share });
      return blocks === undefined ? undefined : blocks * BLOCK_BYTES;
    };
    return { name: nameOf(index.schema, index.name).toString(), bytes: index.bytes, now: tree(1), tenfold: tree(TIMES) };
  });
  const unsized = indexes.filter(({ now }) => now === undefined).map(({ name }) => name);
  if (!measured)
    return {
      now: { heap: heap(1), indexes: total(indexes.map(({ now }) => now ?? 0)), toast: 0 },
      tenfold: { heap: heap(TIMES), indexes: total(indexes.map(({ tenfold }) => tenfold ?? 0)), toast: 0 },
      unsized,
    };
  const { bytes = 0, toastBytes } = table;
  return {
    now: { heap: bytes, indexes: total(indexes.map((index) => index.bytes)), toast: toastBytes },
    tenfold: {
      heap: grown(bytes, { packed: heap(1), tenfold: heap(TIMES) }),
      indexes: total(indexes.map((index) => grown(index.bytes, { packed: index.now, tenfold: index.tenfold }))),
      toast: toastBytes * TIMES,
    },
    unsized,
  };
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

interface Packed {
  readonly packed: number | undefined;
  readonly tenfold: number | undefined;
}

/** As full as it is now; of a kind that is not reckoned, in proportion. */
function grown(now: number, { packed, tenfold }: Packed): number {
  if (!packed || tenfold === undefined) return now * TIMES;
  return Math.max(now, now < FEW_BLOCKS * BLOCK_BYTES ? tenfold : Math.round(now * (tenfold / packed)));
}
