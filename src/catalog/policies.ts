import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** A row-level security policy. */
export interface Policy {
  readonly table: Oid;
  readonly name: string;
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  /** Undefined: PUBLIC, everybody. */
  readonly roles: readonly string[] | undefined;
  readonly permissive: boolean;
  readonly using: string | undefined;
  readonly check: string | undefined;
}

interface Row extends Omit<Policy, "command" | "roles" | "using" | "check"> {
  readonly command: "*" | "r" | "a" | "w" | "d";
  readonly everybody: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

export const policies = catalogQuery<Row>({
  name: "policies",
  about: "table",
  sql: `
  select p.polrelid as "table",
         p.polname::pg_catalog.text as name,
         p.polcmd::pg_catalog.text as command,
         0 = any (p.polroles) as everybody,
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.pg_get_userbyid(r.role) order by pg_catalog.pg_get_userbyid(r.role))
                     from pg_catalog.unnest(p.polroles) r (role) where r.role <> 0), '[]') as roles,
         p.polpermissive as permissive,
         pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
         pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as "check"
    from pg_catalog.pg_policy p
   where p.polrelid = any ($1::pg_catalog.oid[])
   order by p.polrelid, p.polname`,
});

const commands: Record<Row["command"], Policy["command"]> = { "*": "all", r: "select", a: "insert", w: "update", d: "delete" };

export async function readPolicies(database: Database, tables: readonly Oid[]): Promise<readonly Policy[]> {
  const rows = await database.read<Row>(policies.sql, [oids(tables)]);
  return rows.map(({ everybody, ...row }) => ({
    ...row,
    command: commands[row.command],
    roles: everybody ? undefined : row.roles,
    using: row.using ?? undefined,
    check: row.check ?? undefined,
  }));
}
