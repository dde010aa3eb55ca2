import type { Database } from "../database/database.ts";
import type { Oid } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** A schema of the database: what Postgres calls a namespace. */
export interface Namespace {
  readonly oid: Oid;
  readonly name: string;
  readonly owner: string;
}

/** Without those of Postgres itself and of extensions: an extension in `public` does not own `public`. */
export const schemas = catalogQuery<Namespace>({
  name: "schemas",
  sql: `
  select n.oid as oid,
         n.nspname::pg_catalog.text as name,
         pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text as owner
    from pg_catalog.pg_namespace n
   where n.nspname <> 'information_schema'
     and n.nspname !~ '^pg_'
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.objid = n.oid and d.deptype = 'e')
   order by n.nspname`,
});

export const readSchemas = (database: Database) => database.read<Namespace>(schemas.sql);
