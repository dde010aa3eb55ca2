import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";

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

/** Keys are the argument names of https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-STATSMOD. */
const statistics = (versionNumber: number) => `
  select n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as relation,
         s.attname::pg_catalog.text as "column",
         s.inherited,
         pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
           'null_frac', s.null_frac::pg_catalog.text,
           'avg_width', s.avg_width::pg_catalog.text,
           'n_distinct', s.n_distinct::pg_catalog.text,
           'most_common_vals', s.most_common_vals::pg_catalog.text,
           'most_common_freqs', s.most_common_freqs::pg_catalog.text,
           'histogram_bounds', s.histogram_bounds::pg_catalog.text,
           'correlation', s.correlation::pg_catalog.text,
           'most_common_elems', s.most_common_elems::pg_catalog.text,
           'most_common_elem_freqs', s.most_common_elem_freqs::pg_catalog.text,
           'elem_count_histogram', s.elem_count_histogram::pg_catalog.text${versionNumber >= 170000 ? ranges : ""})) as values
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
   where c.oid = any ($1::pg_catalog.oid[])
   order by c.oid, s.attname, s.inherited`;

const ranges = `,
           'range_length_histogram', s.range_length_histogram::pg_catalog.text,
           'range_empty_frac', s.range_empty_frac::pg_catalog.text,
           'range_bounds_histogram', s.range_bounds_histogram::pg_catalog.text`;

/** `relations`: tables, and indexes for the statistics of their expressions. */
export async function readStatistics(
  database: Database,
  { relations, versionNumber }: { relations: readonly Oid[]; versionNumber: number },
): Promise<readonly ColumnStatistics[]> {
  if (relations.length === 0) return [];
  return database.read<ColumnStatistics>(statistics(versionNumber), [oids(relations)]);
}
