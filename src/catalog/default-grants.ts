import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** What ALTER DEFAULT PRIVILEGES gives of every table and view that a role will make. */
export interface DefaultGrant {
  /** Whose new tables these are. */
  readonly owner: string;
  /** Undefined: in every schema. */
  readonly schema: string | undefined;
  /** Undefined: PUBLIC, everybody. */
  readonly grantee: string | undefined;
  readonly privileges: readonly string[];
}

interface Row extends Omit<DefaultGrant, "schema" | "grantee"> {
  readonly schema: string | null;
  readonly grantee: string | null;
}

export const defaultGrants = catalogQuery<Row>({
  name: "default grants",
  sql: `
  select pg_catalog.pg_get_userbyid(d.defaclrole)::pg_catalog.text as owner,
         n.nspname::pg_catalog.text as schema,
         case when item.grantee <> 0 then pg_catalog.pg_get_userbyid(item.grantee)::pg_catalog.text end as grantee,
         pg_catalog.jsonb_agg(distinct item.privilege_type) as privileges
    from pg_catalog.pg_default_acl d
    left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
   cross join lateral pg_catalog.aclexplode(d.defaclacl) as item
   where d.defaclobjtype = 'r'
   group by 1, 2, item.grantee
   order by 1, 2 nulls first, 3 nulls first`,
});

export async function readDefaultGrants(database: Database): Promise<readonly DefaultGrant[]> {
  const rows = await database.read<Row>(defaultGrants.sql);
  return rows.map((row) => ({ ...row, schema: row.schema ?? undefined, grantee: row.grantee ?? undefined }));
}
