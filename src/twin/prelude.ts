import type { Statement } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";

/** Roles that Postgres has when a cluster is made, and those that stand for somebody else. */
const given = new Set(["postgres", "public", "current_user", "current_role", "session_user"]);

/**
 * What a text takes for granted and somebody else makes: the roles that it grants to, and on Supabase the schema `auth`.
 * A role of which nothing is known may log in, because somebody is meant by it.
 */
export function preludeOf(statements: readonly Statement[]): readonly string[] {
  const made = new Set(statements.flatMap(({ tree }) => ("CreateRoleStmt" in tree ? [tree.CreateRoleStmt.role ?? ""] : [])));
  const supabase = statements.some(({ text }) => namesAuth.test(text)) && !statements.some(({ tree }) => makesAuth(tree));
  const named = statements.flatMap(({ tree }) => rolesIn(tree));
  const missing = [...new Set([...named, ...(supabase ? supabaseRoles : [])])].filter((role) => !made.has(role) && !given.has(role));
  const owners = new Set(
    statements.filter(({ kind }) => kind === "AlterOwnerStmt" || kind === "AlterTableStmt").flatMap(({ tree }) => rolesIn(tree)),
  );
  return [...missing.map((role) => roleSql(role, owners)), ...(supabase ? supabaseAuth : [])];
}

const namesAuth = /\bauth\s*\.\s*(uid|jwt|role|email|users)\b/i;
const makesAuth = (tree: Statement["tree"]) => "CreateSchemaStmt" in tree && tree.CreateSchemaStmt.schemaname === "auth";

/** The names in a tree's role specifications, wherever they stand. */
function rolesIn(tree: unknown): readonly string[] {
  if (typeof tree !== "object" || tree === null) return [];
  if ("roletype" in tree && "rolename" in tree && typeof tree.rolename === "string") return [tree.rolename];
  return Object.values(tree).flatMap(rolesIn);
}

const supabaseRoles = ["anon", "authenticated", "service_role", "supabase_admin"];
const bypassing = /^(service_role|supabase_\w+)$/;

/** Who owns the tables is under no policy of theirs: it is not one of those whom policies are for. */
const roleSql = (role: string, owners: ReadonlySet<string>) =>
  `create role ${quote(role)} ${bypassing.test(role) ? "bypassrls" : owners.has(role) ? "nologin" : "login"}`;

/**
 * As much of it as policies and foreign keys name (https://supabase.com/docs/guides/auth/managing-user-data). It is made
 * part of an extension, so that nobody takes it for the user's own.
 */
const supabaseAuth = [
  "create schema auth",
  "create table auth.users (id uuid primary key, email text, phone text, role text, raw_app_meta_data jsonb, raw_user_meta_data jsonb, created_at timestamptz, updated_at timestamptz)",
  "create function auth.uid() returns uuid stable language sql as 'select null::uuid'",
  "create function auth.role() returns text stable language sql as 'select null::text'",
  "create function auth.email() returns text stable language sql as 'select null::text'",
  "create function auth.jwt() returns jsonb stable language sql as 'select null::jsonb'",
  "create schema if not exists extensions",
  ...["schema auth", "table auth.users", "function auth.uid()", "function auth.role()", "function auth.email()", "function auth.jwt()"].map(
    (part) => `alter extension plpgsql add ${part}`,
  ),
];
