import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** A table's file beside the file that its rows would fill, both in bytes. */
export interface Bloat {
  readonly schema: string;
  readonly name: string;
  readonly bytes: number;
  /** By widths of `pg_stats`, which is off by what alignment and TOAST pointers take. */
  readonly needed: number;
}

/** Bytes: smaller tables are not worth a rewrite. */
const LEAST = 8 * 1024 ** 2;

/**
 * The largest twenty whose columns all have statistics that this role may see. A row takes its header of 24 bytes with
 * the line pointer of 4, the widths of its columns, and padding to 8; a page has a header of 24
 * (https://www.postgresql.org/docs/current/storage-page-layout.html).
 */
export const bloat = catalogQuery<Bloat>({
  name: "bloat",
  live: true,
  sql: `
  select b.schema, b.name, b.pages * b.block as bytes,
         pg_catalog.ceil(b.rows * (28 + 8 * pg_catalog.ceil(b.width / 8)) / ((b.block - 24) * b.fill / 100)) * b.block as needed
    from (select n.nspname::pg_catalog.text as schema,
                 c.relname::pg_catalog.text as name,
                 c.relpages::pg_catalog.float8 as pages,
                 c.reltuples::pg_catalog.float8 as rows,
                 ${parsed("float8", "pg_catalog.current_setting('block_size')")} as block,
                 coalesce(${parsed("float8", "(select o.option_value from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = 'fillfactor')")}, 100) as fill,
                 s.width as width
            from (select k.* from pg_catalog.pg_class k
                   where k.relkind in ('r', 'm') and k.reltuples > 0
                     and k.relpages > ${LEAST} / ${parsed("float8", "pg_catalog.current_setting('block_size')")}
                   order by k.relpages desc limit 200) c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           cross join lateral (select pg_catalog.sum((1 - p.null_frac) * p.avg_width)::pg_catalog.float8 as width, pg_catalog.count(*) as columns
                                 from pg_catalog.pg_stats p
                                where p.schemaname = n.nspname and p.tablename = c.relname and not p.inherited) s
           where s.columns = (select pg_catalog.count(*) from pg_catalog.pg_attribute a
                               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) b
   order by b.pages desc, 1, 2
   limit 20`,
});

export const readBloat = (database: Database) => database.read<Bloat>(bloat.sql);
