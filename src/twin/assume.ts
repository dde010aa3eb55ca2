import type { RelationName } from "../catalog/names.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import type { UserType } from "../catalog/user-types.ts";
import { copySizes } from "./build.ts";
import { pivotsOf } from "./pivots.ts";
import { relationsHere } from "./relations.ts";
import { blocksOfIndex, blocksOfTable } from "./sizes.ts";
import { statisticsDefinition } from "./statistics.ts";
import { type Assumption, keyWidth, rowWidth, synthesise } from "./synthesis.ts";
import type { Session } from "./twin.ts";

interface Child {
  readonly child: number;
  readonly parent: number;
}

/** `order by` makes parents come before what is under them only by chance, so the tree is walked below. */
const partitions = `
  select i.inhrelid as child, i.inhparent as parent
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
   where c.relispartition and c.relkind in ('r', 'p', 'f')
   order by 1`;

/**
 * Row counts of partitions from that of their table and the other way round: what nobody told of a partition is an equal
 * part of what its table has left, and a table has what its partitions have.
 */
export async function spreadRows(session: Session, told: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, number>> {
  if (told.size === 0) return told;
  const children = new Map<number, number[]>();
  const inner = new Set<number>();
  for (const { child, parent } of await session.read<Child>(partitions)) {
    children.set(parent, [...(children.get(parent) ?? []), child]);
    inner.add(child);
  }
  const rows = new Map(told);
  const below = (oid: number): number => told.get(oid) ?? (children.get(oid) ?? []).reduce((sum, child) => sum + below(child), 0);
  const spread = (oid: number): void => {
    const parts = children.get(oid) ?? [];
    const untold = parts.filter((part) => below(part) === 0 && !told.has(part));
    const left = Math.max(0, (rows.get(oid) ?? 0) - parts.reduce((sum, part) => sum + below(part), 0));
    for (const part of parts) {
      const share = untold.includes(part) ? Math.round(left / untold.length) : below(part);
      if (share > 0) rows.set(part, share);
      spread(part);
    }
    const sum = parts.reduce((total, part) => total + (rows.get(part) ?? 0), 0);
    if (parts.length > 0 && sum > 0) rows.set(oid, sum);
  };
  for (const oid of children.keys()) if (!inner.has(oid)) spread(oid);
  return rows;
}

const isStored = ({ kind }: Table) => kind === "table" || kind === "materialized view";

interface Assuming {
  /** By the oids of tables. */
  readonly rowCounts: ReadonlyMap<number, number>;
  /** Of the columns of these tables. */
  readonly types: readonly UserType[];
}

/**
 * Gives tables that were read from DDL text the sizes that follow from the rows that somebody told, and tells the planner:
 * widths by their types, all pages visible to all, B-trees packed and each value once in them.
 */
export async function assumeSizes(
  session: Session,
  tables: readonly Table[],
  { rowCounts, statistics, types }: Assuming & { readonly statistics: readonly ColumnStatistics[] },
): Promise<readonly Table[]> {
  const assumed = tables.map((table) => {
    const rows = rowCounts.get(table.oid);
    if (rows === undefined) return table;
    return isStored(table) ? sized(table, { rows, types }) : { ...table, rows, size: { ...table.size, tuples: rows } };
  });
  await copySizes(session, { tables: assumed, here: await relationsHere(session, assumed), pivots: pivotsOf(statistics) });
  return assumed;
}

function sized(table: Table, { rows, types }: { rows: number; types: readonly UserType[] }): Table {
  const fill = Number(table.options.map((option) => /^fillfactor=(\d+)$/.exec(option)?.[1]).find(Boolean) ?? 100) / 100;
  const blocks = rows === 0 ? 0 : Math.ceil(blocksOfTable(rows, rowWidth(table, types)) / fill);
  const indexes = table.indexes.map((index) => {
    const pages = blocksOfIndex(rows, keyWidth(index, table, types));
    return { ...index, blocks: pages, pages, tuples: rows, bytes: pages * 8192 };
  });
  return { ...table, rows, bytes: blocks * 8192, size: { blocks, pages: blocks, tuples: rows, allVisible: blocks }, indexes };
}

/** Gives the tables whose rows are told the statistics that their definitions suggest. Tells what was assumed of which column. */
export async function assumeStatistics(
  session: Session,
  tables: readonly Table[],
  { rowCounts, names, types }: Assuming & { readonly names: readonly RelationName[] },
): Promise<readonly Assumption[]> {
  const made = tables.map((table) => synthesise(table, { rows: rowCounts, types, names }));
  await session.run(made.flatMap(({ statistics }) => statistics.map((column) => statisticsDefinition(column).sql)));
  return tables.flatMap(({ partition }, position) => (partition.bound === undefined ? (made[position]?.assumptions ?? []) : []));
}
