import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import { copySizes } from "./build.ts";
import { qualified } from "./definitions.ts";
import { blocksOfIndex, blocksOfTable } from "./sizes.ts";
import { statisticsDefinition } from "./statistics.ts";
import type { Session } from "./twin.ts";

/** Share of the parent's rows that a foreign key is taken to point at. */
const REFERENCED = 0.8;

/**
 * Gives tables that were read from DDL text the sizes that the caller told: widths are the planner's own guess for the
 * types, indexes are packed and without duplicates, a foreign key points at four fifths of its parent's rows. Nothing
 * else is assumed: for every other column the planner falls back on its defaults.
 */
export async function assumeSizes(
  session: Session,
  tables: readonly Table[],
  rowCounts: ReadonlyMap<number, number>,
): Promise<readonly Table[]> {
  const assumed: Table[] = [];
  for (const table of tables) {
    const rows = rowCounts.get(table.oid);
    assumed.push(rows === undefined || table.kind !== "table" ? table : await sized(session, table, rows));
  }
  await copySizes(session, assumed);
  const statistics: ColumnStatistics[] = [];
  for (const table of assumed) statistics.push(...(await foreignKeyStatistics(session, table, rowCounts)));
  await session.run(statistics.map((column) => statisticsDefinition(column).sql));
  return assumed;
}

async function sized(session: Session, table: Table, rows: number): Promise<Table> {
  const blocks = blocksOfTable(rows, await widthOf(session, table, ["*"]));
  const indexes = await Promise.all(
    table.indexes.map(async (index) => {
      const pages = blocksOfIndex(rows, await widthOf(session, table, [...index.keys, ...index.include]));
      return { ...index, blocks: pages, pages, tuples: rows, bytes: pages * 8192 };
    }),
  );
  return { ...table, rows, bytes: blocks * 8192, size: { blocks, pages: blocks, tuples: rows, allVisible: blocks }, indexes };
}

/** Bytes that the planner expects of these expressions. */
async function widthOf(session: Session, table: Table, expressions: readonly string[]): Promise<number> {
  const { plan } = (await session.explain({
    sql: `select ${expressions.join(", ")} from only ${qualified(table)}`,
    searchPath: [table.schema],
    generic: false,
  })) as { plan?: readonly { readonly Plan: { readonly "Plan Width": number } }[] };
  return plan?.[0]?.Plan["Plan Width"] ?? 32;
}

async function foreignKeyStatistics(
  session: Session,
  table: Table,
  rowCounts: ReadonlyMap<number, number>,
): Promise<readonly ColumnStatistics[]> {
  const rows = rowCounts.get(table.oid);
  const statistics: ColumnStatistics[] = [];
  for (const { columns, references } of table.constraints) {
    const [column, ...more] = columns;
    const parents = references === undefined ? undefined : rowCounts.get(references);
    if (column === undefined || more.length > 0 || rows === undefined || parents === undefined) continue;
    const distinct = Math.max(1, Math.min(rows, Math.round(parents * REFERENCED)));
    const width = await widthOf(session, table, [quote(column)]);
    const values = { null_frac: "0", avg_width: String(width), n_distinct: String(distinct) };
    statistics.push({ schema: table.schema, relation: table.name, column, inherited: false, values });
  }
  return statistics;
}
