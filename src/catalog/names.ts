import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";
import { needed, type RelationEdges, relationEdges } from "./relation-edges.ts";

export type Oid = number;

/** The name of a relation and what it is, nothing more: all of them are read, so that a caller's names are looked up in our process. */
export interface RelationName {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  /** Belongs to `pg_catalog` or `information_schema`: every cluster has its own. */
  readonly system: boolean;
  /** Came with an extension, which alone may change it. */
  readonly extension: boolean;
  readonly partition: boolean;
}

interface Row extends RelationName {
  /** It can be read like a table of one row. Undefined in older snapshots, which have none. */
  readonly sequence?: boolean;
}

export const relationNames = catalogQuery<Row>({
  name: "relation names",
  sql: `
  select c.oid as oid,
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as name,
         n.nspname in ('pg_catalog', 'information_schema') as system,
         exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e') as extension,
         c.relispartition as partition,
         c.relkind = 'S' as sequence
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
     and n.nspname !~ '^pg_(toast|temp)'
   order by n.nspname, c.relname`,
});

export async function readNames(database: Database) {
  const names = await database.read<Row>(relationNames.sql);
  return { relations: names.filter(({ sequence }) => !sequence), sequences: names.filter(({ sequence }) => sequence) };
}

export const readRelationNames = async (database: Database): Promise<readonly RelationName[]> => (await readNames(database)).relations;

export interface FunctionName {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
}

/** Functions of extensions come with their extension, those of Postgres with the twin. */
export const functionNames = catalogQuery<FunctionName>({
  name: "function names",
  sql: `
  select p.oid as oid, n.nspname::pg_catalog.text as schema, p.proname::pg_catalog.text as name
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where n.nspname not in ('pg_catalog', 'information_schema')
     and p.prokind = 'f'
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
   order by n.nspname, p.proname, p.oid`,
});

export const readFunctionNames = (database: Database) => database.read<FunctionName>(functionNames.sql);

/**
 * Everything that must be there for these relations to be planned: what their views read, their partitions and
 * children, and their parents. A parent brings none of its other children along.
 */
export const neededRelations = catalogQuery<{ readonly oid: Oid }, RelationEdges>({
  name: "needed relations",
  from: relationEdges,
  answer: (rows, relations = []) => needed(rows, relations).map((oid) => ({ oid })),
  sql: `
  with recursive needed (oid, down) as (
      select relation, true from pg_catalog.unnest($1::pg_catalog.oid[]) as relation
    union
      select next.oid, next.down
        from needed
       cross join lateral (
               select d.refobjid, true
                 from pg_catalog.pg_rewrite w
                 join pg_catalog.pg_depend d
                   on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
                  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> needed.oid
                where w.ev_class = needed.oid
               union all
               select i.inhrelid, true from pg_catalog.pg_inherits i where i.inhparent = needed.oid and needed.down
               union all
               select i.inhparent, false from pg_catalog.pg_inherits i where i.inhrelid = needed.oid
             ) as next (oid, down)
  )
  select distinct needed.oid as oid
    from needed
    join pg_catalog.pg_class c on c.oid = needed.oid
   where c.relkind in ('r', 'p', 'v', 'm', 'f')
     and c.oid >= 16384
   order by 1`,
});

export async function readNeededRelations(database: Database, relations: readonly Oid[]): Promise<readonly Oid[]> {
  if (relations.length === 0) return [];
  const rows = await database.read<{ oid: Oid }>(neededRelations.sql, [oids(relations)]);
  return rows.map((row) => row.oid);
}

/** Oids as the text of an `oid[]`: the one form that every driver sends alike. */
export const oids = (list: readonly Oid[]) => `{${list.join(",")}}`;
