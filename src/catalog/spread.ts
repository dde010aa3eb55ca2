import type { Column } from "./columns.ts";
import type { ColumnStatistics } from "./statistics.ts";
import type { Table } from "./tables.ts";

/** The table with what ANALYZE saw of the values in its columns. */
export function withSpread(table: Table, statistics: readonly ColumnStatistics[]): Table {
  const isOwn = ({ schema, relation, inherited }: ColumnStatistics) =>
    schema === table.schema && relation === table.name && inherited === table.children > 0;
  const spreads = new Map(statistics.filter(isOwn).map(({ column, values }) => [column, spreadOf(values, table.rows)]));
  return { ...table, columns: table.columns.map((column) => ({ ...column, spread: spreads.get(column.name) })) };
}

/** Below 0, `n_distinct` is a share of all rows (https://www.postgresql.org/docs/current/view-pg-stats.html). */
function spreadOf({ n_distinct, null_frac }: ColumnStatistics["values"], rows: number | undefined): Column["spread"] {
  const [distinct, nulls] = [Number(n_distinct ?? 0), Number(null_frac ?? 0)];
  const ofAll = distinct < 0 ? -distinct : distinct / (rows || Number.POSITIVE_INFINITY);
  return ofAll === 0 || nulls === 1 ? undefined : { nulls, distinct: Math.min(1, ofAll / (1 - nulls)) };
}
