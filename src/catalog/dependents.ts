import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";
import { type RelationEdges, reached, relationEdges } from "./relation-edges.ts";

/** Something that is named by itself and belongs to a relation: an index, an owned sequence, a type of its columns. */
export interface PartName {
  readonly schema: string;
  readonly name: string;
  readonly relation: Oid;
}

export const parts = catalogQuery<PartName>({
  name: "part names",
  sql: `
  select n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name, x.indrelid as relation
    from pg_catalog.pg_index x
    join pg_catalog.pg_class c on c.oid = x.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname !~ '^pg_'
   union all
  select n.nspname::pg_catalog.text, c.relname::pg_catalog.text, d.refobjid
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class c on c.oid = d.objid and c.relkind = 'S'
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
     and d.refobjsubid > 0 and d.deptype in ('a', 'i')
   union all
  select n.nspname::pg_catalog.text, t.typname::pg_catalog.text, a.attrelid
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    join pg_catalog.pg_attribute a on a.atttypid = t.oid and not a.attisdropped and a.attnum > 0
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
   where t.typtype in ('e', 'd') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   order by 1, 2, 3`,
});

export const readPartNames = (database: Database) => database.read<PartName>(parts.sql);

/**
 * What a change of these relations can reach: tables that refer to them, and those that refer to these (CASCADE goes that
 * way), tables they refer to, the views over all of them.
 */
export const dependents = catalogQuery<{ readonly oid: Oid }, RelationEdges>({
  name: "dependents",
  from: relationEdges,
  answer: (rows, relations = []) => reached(rows, relations).map((oid) => ({ oid })),
  sql: `
  with recursive reached (oid, depth) as (
      select relation, 0 from pg_catalog.unnest($1::pg_catalog.oid[]) as relation
    union
      select next.oid, next.depth
        from reached
       cross join lateral (
               select k.conrelid, reached.depth + 1
                 from pg_catalog.pg_constraint k
                where k.contype = 'f' and k.confrelid = reached.oid and reached.depth < 2
               union all
               select w.ev_class, reached.depth
                 from pg_catalog.pg_depend d
                 join pg_catalog.pg_rewrite w on w.oid = d.objid
                where d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = reached.oid
               union all
               select i.inhrelid, reached.depth from pg_catalog.pg_inherits i where i.inhparent = reached.oid
               union all
               select i.inhparent, reached.depth from pg_catalog.pg_inherits i where i.inhrelid = reached.oid
             ) as next (oid, depth)
  )
  select reached.oid as oid
    from reached
    join pg_catalog.pg_class c on c.oid = reached.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
   union
  select k.confrelid
    from reached
    join pg_catalog.pg_constraint k on k.conrelid = reached.oid and k.contype = 'f'
   order by 1`,
});

export async function readDependents(database: Database, relations: readonly Oid[]): Promise<readonly Oid[]> {
  if (relations.length === 0) return [];
  const rows = await database.read<{ oid: Oid }>(dependents.sql, [oids(relations)]);
  return rows.map((row) => row.oid);
}
