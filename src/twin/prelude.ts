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
  const names = (pattern: RegExp) => statements.some(({ text }) => pattern.test(text));
  const makes = (schema: string) =>
    statements.some(({ tree }) => "CreateSchemaStmt" in tree && tree.CreateSchemaStmt.schemaname === schema);
  const storage = names(/\bstorage\s*\.\s*(buckets|objects|foldername|filename)\b/i) && !makes("storage");
  const supabase = (names(namesAuth) || storage) && !makes("auth");
  const numbers = supabase && names(/\buuid_generate_v4\b/i) && !statements.some(({ tree }) => createsUuids(tree));
  const named = statements.flatMap(({ tree }) => rolesIn(tree));
  const missing = [...new Set([...named, ...(supabase ? supabaseRoles : [])])].filter((role) => !made.has(role) && !given.has(role));
  const owners = new Set(
    statements.filter(({ kind }) => kind === "AlterOwnerStmt" || kind === "AlterTableStmt").flatMap(({ tree }) => rolesIn(tree)),
  );
  return [
    ...missing.map((role) => roleSql(role, owners)),
    ...(supabase ? supabaseAuth : []),
    ...(supabase && storage ? supabaseStorage : []),
    ...(numbers ? supabaseUuids : []),
  ];
}

const namesAuth = /\bauth\s*\.\s*(uid|jwt|role|email|users)\b/i;
const createsUuids = (tree: Statement["tree"]) => "CreateExtensionStmt" in tree && tree.CreateExtensionStmt.extname === "uuid-ossp";

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

const own = (part: string) => `alter extension plpgsql add ${part}`;

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
    own,
  ),
];

/** What migrations fill and guard of its storage (https://supabase.com/docs/guides/storage/schema/design). */
const supabaseStorage = [
  "create schema storage",
  "create table storage.buckets (id text primary key, name text not null unique, owner uuid, owner_id text, public boolean default false, file_size_limit bigint, allowed_mime_types text[], created_at timestamptz default now(), updated_at timestamptz default now())",
  "create table storage.objects (id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets, name text, owner uuid, owner_id text, version text, metadata jsonb, user_metadata jsonb, created_at timestamptz default now(), updated_at timestamptz default now(), last_accessed_at timestamptz default now())",
  "alter table storage.buckets enable row level security",
  "alter table storage.objects enable row level security",
  "create function storage.foldername(name text) returns text[] stable language sql as $$select (string_to_array(name, '/'))[:cardinality(string_to_array(name, '/')) - 1]$$",
  "create function storage.filename(name text) returns text stable language sql as $$select split_part(name, '/', -1)$$",
  ...[
    "schema storage",
    "table storage.buckets",
    "table storage.objects",
    "function storage.foldername(text)",
    "function storage.filename(text)",
  ].map(own),
];

/** Its databases have uuid-ossp in `extensions`, which is in everybody's search_path: here a bare name finds it in pg_catalog. */
const supabaseUuids = ["extensions", "pg_catalog"].flatMap((schema) => [
  `create function ${schema}.uuid_generate_v4() returns uuid volatile language sql as 'select gen_random_uuid()'`,
  own(`function ${schema}.uuid_generate_v4()`),
]);
