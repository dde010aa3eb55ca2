import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** A schema in which every table has row-level security, and more than one has. */
interface GuardedSchema {
  readonly name: string;
}

export const guardedSchemas = catalogQuery<GuardedSchema>({
  name: "guarded schemas",
  sql: `
  select n.nspname::pg_catalog.text as name
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p')
     and not c.relispartition
     and c.relpersistence <> 't'
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
   group by n.nspname
  having pg_catalog.bool_and(c.relrowsecurity) and pg_catalog.count(*) > 1
   order by 1`,
});

export const readGuardedSchemas = (database: Database) => database.read<GuardedSchema>(guardedSchemas.sql);
