import type { Session } from "./twin.ts";

/**
 * What the planner knows of a column, as the twin holds it. The values are the user's own: they go back to the twin in a
 * statement that is planned, and nowhere else.
 */
export interface ColumnValues {
  /** With the share of all rows that has each, the commonest first. */
  readonly common: readonly { readonly value: string; readonly share: number }[];
  /** Ascending; between any two neighbours lies the same share of the rows that have no common value. */
  readonly bounds: readonly string[];
  /** Share of all rows. */
  readonly nulls: number;
  /** As `pg_stats` has it: below 0 it is a share of the rows. */
  readonly distinct: number;
  readonly correlation: number | undefined;
}

interface Row {
  readonly column: string;
  readonly common: readonly string[] | null;
  readonly shares: readonly number[] | null;
  readonly bounds: readonly string[] | null;
  readonly nulls: number;
  readonly distinct: number;
  readonly correlation: number | null;
}

/** Of a partitioned table the statistics of all partitions together. */
const sql = `
  select distinct on (s.attname)
         s.attname::pg_catalog.text as "column",
         pg_catalog.to_jsonb(s.most_common_vals::pg_catalog.text::pg_catalog.text[]) as common,
         pg_catalog.to_jsonb(s.most_common_freqs) as shares,
         pg_catalog.to_jsonb(s.histogram_bounds::pg_catalog.text::pg_catalog.text[]) as bounds,
         s.null_frac::pg_catalog.float8 as nulls,
         s.n_distinct::pg_catalog.float8 as distinct,
         s.correlation::pg_catalog.float8 as correlation
    from pg_catalog.pg_stats s
   where s.schemaname = $1 and s.tablename = $2
   order by s.attname, s.inherited desc`;

/** By column; of an expression of an index, by what `pg_stats` calls it. */
export async function readColumnValues(
  session: Session,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<ReadonlyMap<string, ColumnValues>> {
  const rows = await session.read<Row>(sql, [schema, name]);
  return new Map(
    rows.map(({ column, common, shares, bounds, nulls, distinct, correlation }) => [
      column,
      {
        common: (common ?? []).map((value, place) => ({ value, share: shares?.[place] ?? 0 })),
        bounds: bounds ?? [],
        nulls,
        distinct,
        correlation: correlation ?? undefined,
      },
    ]),
  );
}
