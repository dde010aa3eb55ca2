import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";
import { readRangeStatistics } from "./range-statistics.ts";

/**
 * What ANALYZE learned of a column, or of an expression of an index. The values are the user's own (e-mails, names):
 * they stay in memory, go to the twin and nowhere else.
 */
export interface ColumnStatistics {
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  /** Of the table and its children together. */
  readonly inherited: boolean;
  /** The arguments of `pg_restore_attribute_stats`, arrays as Postgres prints them. */
  readonly values: Readonly<Record<string, string>>;
}

interface Row extends ColumnStatistics {
  /** Of the table, or of the index whose expression it is. */
  readonly oid: Oid;
}

/**
 * The row of a view that shows what is in `pg_statistic`. Keys are the argument names of
 * https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-STATSMOD.
 */
export const columnValues = (view: string, more = "") => `pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
           'null_frac', ${printed(`${view}.null_frac`)},
           'avg_width', ${printed(`${view}.avg_width`)},
           'n_distinct', ${printed(`${view}.n_distinct`)},
           'most_common_vals', ${printed(`${view}.most_common_vals`)},
           'most_common_freqs', ${printed(`${view}.most_common_freqs`)},
           'histogram_bounds', ${printed(`${view}.histogram_bounds`)},
           'correlation', ${printed(`${view}.correlation`)},
           'most_common_elems', ${printed(`${view}.most_common_elems`)},
           'most_common_elem_freqs', ${printed(`${view}.most_common_elem_freqs`)},
           'elem_count_histogram', ${printed(`${view}.elem_count_histogram`)}${more}))`;

const statisticsWith = (more: string) => `
  select c.oid as oid,
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as relation,
         s.attname::pg_catalog.text as "column",
         s.inherited,
         ${columnValues("s", more)} as values
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
   where c.oid = any ($1::pg_catalog.oid[])
   order by c.oid, s.attname, s.inherited`;

/** `pg_stats` shows them from this version on. */
const RANGES = 170000;
const ranges = `,
           'range_length_histogram', ${printed("s.range_length_histogram")},
           'range_empty_frac', ${printed("s.range_empty_frac")},
           'range_bounds_histogram', ${printed("s.range_bounds_histogram")}`;

/** Values of the user's own: what `pg_restore_attribute_stats` takes only together with such values goes with them. */
const ofValues =
  /^(most_common_(vals|freqs|elems|elem_freqs)|histogram_bounds|elem_count_histogram|range_(length_histogram|empty_frac|bounds_histogram))$/;

export const withoutUserValues = (values: ColumnStatistics["values"]): ColumnStatistics["values"] =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !ofValues.test(name)));

const withoutValues = ({ values, ...row }: Row): Row => ({ ...row, values: withoutUserValues(values) });

const recorded = { name: "column statistics", about: "oid", of: "relations and indexes", withoutValues } as const;

export const statisticsBefore17 = catalogQuery<Row>({ ...recorded, sql: statisticsWith(""), before: RANGES });
export const statistics = catalogQuery<Row>({ ...recorded, sql: statisticsWith(ranges), since: RANGES });

/** `relations`: tables, and indexes for the statistics of their expressions. */
export async function readStatistics(
  database: Database,
  { relations, versionNumber }: { relations: readonly Oid[]; versionNumber: number },
): Promise<readonly ColumnStatistics[]> {
  if (relations.length === 0) return [];
  const rows = await database.read<Row>((versionNumber >= RANGES ? statistics : statisticsBefore17).sql, [oids(relations)]);
  const ranges = await readRangeStatistics(database, { relations, versionNumber });
  const boundsOf = new Map(ranges.map(({ oid, column, inherited, values }) => [`${oid} ${inherited} ${column}`, values]));
  return rows.map(({ oid, values, ...row }) => ({
    ...row,
    values: { ...values, ...boundsOf.get(`${oid} ${row.inherited} ${row.column}`) },
  }));
}
