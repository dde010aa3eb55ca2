import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** A role without its password: `pg_roles` shows none. */
export interface Role {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  /** The one that was there first, which nobody can take away. Undefined in snapshots that were written before it was asked. */
  readonly bootstrap: boolean | undefined;
  /** Row-level security does not hold for it. A superuser bypasses it too, whatever stands here. */
  readonly bypassesRowSecurity: boolean;
  /** Roles that it is a member of itself. */
  readonly memberOf: readonly string[];
  /** The role that reads this. */
  readonly current: boolean;
}

export const roles = catalogQuery<Role>({
  name: "roles",
  sql: `
  select r.rolname::pg_catalog.text as name,
         r.rolcanlogin as login,
         r.rolsuper as superuser,
         r.oid = 10 as bootstrap,
         r.rolbypassrls as "bypassesRowSecurity",
         coalesce((select pg_catalog.jsonb_agg(distinct g.rolname)
                     from pg_catalog.pg_auth_members m
                     join pg_catalog.pg_roles g on g.oid = m.roleid
                    where m.member = r.oid), '[]') as "memberOf",
         r.rolname = current_user as current
    from pg_catalog.pg_roles r
   where r.rolname !~ '^pg_'
   order by r.rolname`,
});

export const readRoles = (database: Database) => database.read<Role>(roles.sql);
