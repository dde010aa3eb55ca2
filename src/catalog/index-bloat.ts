import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** A B-tree's file beside the file that its entries would fill, both in bytes. */
export interface IndexBloat {
  readonly schema: string;
  readonly name: string;
  /** "orders", with its schema where that is another. */
  readonly table: string;
  readonly bytes: number;
  /** By widths of `pg_stats`, each entry by itself: equal ones that share a list (13 and later) take less, so that more may be empty than this tells. */
  readonly needed: number;
}

/** Bytes: smaller indexes are not worth a rebuild. */
const LEAST = 8 * 1024 ** 2;

/**
 * The largest twenty valid B-trees whose columns all have statistics that this role may see. An entry takes its header of 8
 * bytes with the line pointer of 4 and its columns, padded to 8; a page has a header of 24 and 16 at its end, and is filled
 * to `fillfactor`, 90 (https://www.postgresql.org/docs/current/btree.html#BTREE-STRUCTURE). What stands above the leaves is
 * a page in some hundreds.
 */
export const indexBloat = catalogQuery<IndexBloat>({
  name: "index bloat",
  live: true,
  sql: `
  select b.schema, b.name, b."table", b.pages * b.block as bytes,
         (1 + pg_catalog.ceil(b.rows * (12 + 8 * pg_catalog.ceil(b.width / 8)) / ((b.block - 40) * b.fill / 100))) * b.block as needed
    from (select n.nspname::pg_catalog.text as schema,
                 c.relname::pg_catalog.text as name,
                 case when t.relnamespace = c.relnamespace then t.relname::pg_catalog.text else t.oid::pg_catalog.regclass::pg_catalog.text end as "table",
                 c.relpages::pg_catalog.float8 as pages,
                 c.reltuples::pg_catalog.float8 as rows,
                 ${parsed("float8", "pg_catalog.current_setting('block_size')")} as block,
                 coalesce(${parsed("float8", "(select o.option_value from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = 'fillfactor')")}, 90) as fill,
                 s.width as width
            from (select k.*, i.indrelid, i.indkey, i.indnatts
                    from pg_catalog.pg_class k
                    join pg_catalog.pg_index i on i.indexrelid = k.oid
                    join pg_catalog.pg_am m on m.oid = k.relam
                   where m.amname = 'btree' and i.indisvalid and k.relkind = 'i' and k.reltuples > 0
                     and k.relpages > ${LEAST} / ${parsed("float8", "pg_catalog.current_setting('block_size')")}
                   order by k.relpages desc limit 200) c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            join pg_catalog.pg_class t on t.oid = c.indrelid
            join pg_catalog.pg_namespace o on o.oid = t.relnamespace
           cross join lateral (
                   select pg_catalog.sum((1 - p.null_frac) * p.avg_width)::pg_catalog.float8 as width, pg_catalog.count(p.attname) as columns
                     from pg_catalog.pg_attribute a
                     left join pg_catalog.pg_attribute k on k.attrelid = c.indrelid and k.attnum = c.indkey[a.attnum - 1]
                     left join pg_catalog.pg_stats p
                            on p.schemaname = o.nspname and not p.inherited
                           and p.tablename = case when k.attnum > 0 then t.relname else c.relname end
                           and p.attname = case when k.attnum > 0 then k.attname else a.attname end
                    where a.attrelid = c.oid and a.attnum > 0) s
           where s.columns = c.indnatts) b
   order by b.pages desc, 1, 2
   limit 20`,
});

export const readIndexBloat = (database: Database) => database.read<IndexBloat>(indexBloat.sql);
