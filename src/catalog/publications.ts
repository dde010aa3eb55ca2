import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What logical replication sends to subscribers. */
export interface Publication {
  readonly name: string;
  readonly allTables: boolean;
  /** Those of the tables in question that it publishes, by whatever way they got in: named, by their schema, or all. */
  readonly tables: readonly Oid[];
  /** Those of them of which it publishes the columns that it names, from 15 on. Undefined in snapshots that were written before it was asked. */
  readonly columnLists: readonly Oid[] | undefined;
  readonly operations: readonly ("insert" | "update" | "delete" | "truncate")[];
}

export const publications = catalogQuery<Publication>({
  name: "publications",
  values: ({ relations }) => [relations],
  answer: (rows, relations = []) => {
    const asked = new Set(relations);
    return rows.map((row) => ({
      ...row,
      tables: row.tables.filter((table) => asked.has(table)),
      columnLists: row.columnLists?.filter((table) => asked.has(table)),
    }));
  },
  sql: `
  select p.pubname::pg_catalog.text as name,
         p.puballtables as "allTables",
         coalesce((select pg_catalog.jsonb_agg(c.oid::pg_catalog.int8 order by c.oid)
                     from pg_catalog.pg_publication_tables t
                     join pg_catalog.pg_namespace n on n.nspname = t.schemaname
                     join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
                    where t.pubname = p.pubname and c.oid = any ($1::pg_catalog.oid[])), '[]') as tables,
         coalesce((select pg_catalog.jsonb_agg(r.prrelid::pg_catalog.int8 order by r.prrelid)
                     from pg_catalog.pg_publication_rel r
                    where r.prpubid = p.oid and pg_catalog.to_jsonb(r) ->> 'prattrs' is not null
                      and r.prrelid = any ($1::pg_catalog.oid[])), '[]') as "columnLists",
         pg_catalog.to_jsonb(pg_catalog.array_remove(array[
           case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
           case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null)) as operations
    from pg_catalog.pg_publication p
   order by p.pubname`,
});

export const readPublications = (database: Database, tables: readonly Oid[]) =>
  database.read<Publication>(publications.sql, [oids(tables)]);
