import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

export interface Extension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
  /** What CREATE EXTENSION would install today; undefined where its files are no longer there. */
  readonly defaultVersion: string | undefined;
}

interface Row extends Omit<Extension, "defaultVersion"> {
  readonly defaultVersion: string | null;
}

export const extensions = catalogQuery<Row>({
  name: "extensions",
  sql: `
  select e.extname::pg_catalog.text as name,
         n.nspname::pg_catalog.text as schema,
         e.extversion as version,
         a.default_version as "defaultVersion"
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    left join pg_catalog.pg_available_extensions a on a.name = e.extname
   where e.extname <> 'plpgsql'
   order by e.extname`,
});

export async function readExtensions(database: Database): Promise<readonly Extension[]> {
  const rows = await database.read<Row>(extensions.sql);
  return rows.map((row) => ({ ...row, defaultVersion: row.defaultVersion ?? undefined }));
}
