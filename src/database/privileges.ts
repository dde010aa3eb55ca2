import { quote } from "../sql/quote.ts";
import type { Access } from "./access.ts";
import { refused } from "./guard/refused.ts";
import type { Mode } from "./guard/statement.ts";
import type { Link } from "./link.ts";
import { MARK } from "./transaction.ts";

/** Who asks, and how names and dates that a caller wrote are read for this role. */
export interface Standing {
  readonly user: string;
  readonly superuser: boolean;
  /** More than a role that only reads needs, so it is laid down for the transaction. */
  readonly elevated: boolean;
  readonly mayLayDown: boolean;
  /** `current_schemas(true)` under the role's own search_path. */
  readonly schemas: readonly string[];
  readonly own: Readonly<Record<string, string>>;
}

/** What a statement means or prints depends on these, so for a caller's statement they are the role's own again. */
const readerSettings = ["DateStyle", "IntervalStyle", "TimeZone"];

/**
 * Predefined roles that reach out of the database, and those by which hosting providers hand out what is left of a
 * superuser (https://www.postgresql.org/docs/current/predefined-roles.html).
 */
const powers = [
  "pg_execute_server_program",
  "pg_write_server_files",
  "pg_read_server_files",
  "pg_signal_backend",
  "pg_write_all_data",
  "rds_superuser",
  "azure_pg_admin",
  "cloudsqlsuperuser",
  "neon_superuser",
  "supabase_admin",
];

/** The search_path is the role's own only between the two calls of set_config: a target list is evaluated from left to right. */
const standingQuery = `
  select ${MARK}
         pg_catalog.set_config('search_path', (
           select s.reset_val from pg_catalog.pg_settings s where s.name operator(pg_catalog.=) 'search_path'), true) as was,
         pg_catalog.current_schemas(true)::pg_catalog.text[] as schemas,
         pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true) as "isAgain",
         r.rolname::pg_catalog.text as user,
         r.rolsuper as superuser,
         r.rolsuper or r.rolcreaterole or r.rolreplication or r.rolbypassrls
           or exists (
             select from pg_catalog.pg_roles p
             where p.rolname operator(pg_catalog.=) any ($1::pg_catalog.text[]::pg_catalog.name[])
               and pg_catalog.pg_has_role(r.oid, p.oid, 'member')) as elevated,
         pg_catalog.pg_has_role(r.oid, 'pg_read_all_data', 'member') as "mayLayDown",
         (select pg_catalog.json_object_agg(s.name, s.reset_val)
          from pg_catalog.pg_settings s
          where s.name operator(pg_catalog.=) any ($2::pg_catalog.text[])) as own
  from pg_catalog.pg_roles r
  where r.rolname operator(pg_catalog.=) current_user`;

export async function readStanding(link: Link): Promise<Standing> {
  const [standing] = await link.query<Standing>(standingQuery, [powers, readerSettings]);
  if (!standing) throw new Error("The role that is logged in is not in pg_roles.");
  return standing;
}

/**
 * A role that can do more than read is laid down for `pg_read_all_data` until the transaction ends. That is no wall:
 * `set_config('role', 'none', true)` takes it up again, so no such call may pass the guard.
 */
export async function layDown(link: Link, { user, superuser, elevated, mayLayDown }: Standing, mode: Mode, access: Access): Promise<void> {
  if (mode === "analyze" && superuser && !access.analyzeAsSuperuser) {
    throw refused(
      "privileges",
      `${quote(user)} is a superuser, and nothing that a superuser runs is safe`,
      "Connect as a role that only reads; SECURITY.md has the script. Ask without analyze for the plan. --allow-superuser-analyze runs it all the same.",
    );
  }
  if (elevated && mayLayDown) await link.query(`select ${MARK} pg_catalog.set_config('role', 'pg_read_all_data', true)`, []);
}
