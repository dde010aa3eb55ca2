import type { Database } from "../database/database.ts";

export interface Extension {
  readonly name: string;
  readonly schema: string;
}

const extensions = `
  select e.extname::pg_catalog.text as name, n.nspname::pg_catalog.text as schema
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   where e.extname <> 'plpgsql'
   order by e.extname`;

export const readExtensions = (database: Database) => database.read<Extension>(extensions);
