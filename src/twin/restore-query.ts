import { literal } from "../sql/quote.ts";

/**
 * The one query that brings real statistics where there is no connection: run on the real server (14 to 18, by whoever may
 * read the tables) it prints statements that `loadSchemaText` takes. Sizes are those of now, as the planner scales them. It
 * reads the catalog only, and no value of a row is in what it prints unless the part in comments is made part of it.
 */
export const restoreQuery = (tables: readonly { readonly schema: string; readonly name: string }[]): string =>
  `
with recursive t as (
  select c.oid from pg_class c join pg_namespace n on n.oid = relnamespace
   where (nspname, relname) in (${tables.map(({ schema, name }) => `(${literal(schema)}, ${literal(name)})`).join(", ")})
  union select inhrelid from t join pg_inherits on inhparent = t.oid),
r as (
  select c.*, format('''version'', %s, ''schemaname'', %L, ''relname'', %L', current_setting('server_version_num'), nspname, relname) as head, nspname,
         case when relkind in ('r', 'm', 'i') then pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end as blocks
    from (select oid from t union select indexrelid from t join pg_index on indrelid = t.oid) a
    join pg_class c using (oid) join pg_namespace n on n.oid = relnamespace)
select format('SELECT pg_restore_relation_stats(%s, ''relpages'', %s, ''reltuples'', %L::real, ''relallvisible'', %s);', head, blocks,
         case when reltuples > 0 and relpages > 0 then reltuples / relpages * blocks else reltuples end, relallvisible)
  from r
union all
select format('SELECT pg_restore_attribute_stats(%s, ''attname'', %L, ''inherited'', %L::boolean%s);', head, attname, inherited,
         (select string_agg(format(', %L, %L::%s', key, value, type), '') from (values
           ('null_frac', null_frac::text, 'real'), ('avg_width', avg_width::text, 'integer'),
           ('n_distinct', n_distinct::text, 'real'), ('correlation', correlation::text, 'real') /*,
           ('most_common_vals', most_common_vals::text, 'text'), ('most_common_freqs', most_common_freqs::text, 'real[]'),
           ('histogram_bounds', histogram_bounds::text, 'text'), ('most_common_elems', most_common_elems::text, 'text'),
           ('most_common_elem_freqs', most_common_elem_freqs::text, 'real[]'),
           ('elem_count_histogram', elem_count_histogram::text, 'real[]') */) x (key, value, type) where value is not null))
  from r join pg_stats s on s.schemaname = nspname and s.tablename = relname;`.trim();
