import functionSearchPathMutable from "../../../src/rules/schema/function-search-path-mutable.ts";
import matviewExposed from "../../../src/rules/schema/matview-exposed.ts";
import publicSchemaCreate from "../../../src/rules/schema/public-schema-create.ts";
import sbAuthUsersExposed from "../../../src/rules/schema/sb-auth-users-exposed.ts";
import sbFkeyToAuthUnique from "../../../src/rules/schema/sb-fkey-to-auth-unique.ts";
import sbQueueExposed from "../../../src/rules/schema/sb-queue-exposed.ts";
import securityDefinerFunctionExecutable from "../../../src/rules/schema/security-definer-function-executable.ts";
import sensitiveColumnsExposed from "../../../src/rules/schema/sensitive-columns-exposed.ts";
import viewSecurityDefiner from "../../../src/rules/schema/view-security-definer.ts";
import { schemaJudge } from "./judged.ts";

const { judge } = schemaJudge();

const app = "create role app login;";
const notes = `create table notes (id bigint primary key, owner text, body text); alter table notes enable row level security;
  create policy own on notes for select to app using (owner = current_user);`;
const supabase = `create role anon; create role authenticated; create schema auth; grant usage on schema public to anon, authenticated;
  create table auth.users (id uuid primary key, email text unique);`;

judge(viewSecurityDefiner, {
  bad: {
    "a view over a table with policies": {
      sql: `${app} ${notes} create view all_notes as select * from notes; grant select on all_notes to app`,
      says: "all_notes reads notes with the rights of postgres, so app sees rows through it that the policies there hide",
      fix: "alter view all_notes set (security_invoker = true);",
    },
    "a view over a view": {
      sql: `${app} ${notes} create view inner_notes as select * from notes; create view outer_notes as select * from inner_notes; grant select on outer_notes to app`,
      says: "outer_notes reads notes",
    },
    "one that asks itself who reads it, as less": {
      sql: `${app} ${notes} create view my_notes as select * from notes where owner = current_user; grant select on my_notes to public`,
      says: "PUBLIC sees rows through it that the policies there hide, unless its own conditions hide them",
      severity: "warning",
    },
  },
  good: {
    "a view with security_invoker": `${app} ${notes} create view all_notes with (security_invoker) as select * from notes; grant select on all_notes to app`,
    "a view that nobody else may read": `${app} ${notes} create view all_notes as select * from notes`,
    "a view over a table without policies": `${app} create table notes (id int primary key); create view v as select * from notes; grant select on v to app`,
    "a view whose owner is under the policies": `${app} create role plain; grant create, usage on schema public to plain; ${notes} grant select on notes to plain; create view v as select * from notes; alter view v owner to plain; grant select on v to app`,
    "a view that only a superuser reads": `create role boss login superuser; ${app} ${notes} create view v as select * from notes; grant select on v to boss`,
  },
});

judge(matviewExposed, {
  bad: {
    "a materialized view that the API serves": {
      sql: `${supabase} create materialized view totals as select 1 as n; grant select on totals to anon`,
      says: "anon may read the materialized view totals",
      fix: "revoke select on totals from anon;",
    },
    "one that keeps rows which policies hide": {
      sql: `${app} ${notes} create materialized view copies as select * from notes; grant select on copies to app`,
      says: "app may read the materialized view copies, which can have no policies: they see every row that it kept of notes",
      severity: "error",
    },
  },
  good: {
    "one without such rows, where rights alone decide": `${app} create table t (id int primary key); create materialized view m as select * from t; grant select on m to app`,
    "one that nobody else may read": `${supabase} create materialized view totals as select 1 as n`,
  },
});

judge(sensitiveColumnsExposed, {
  bad: {
    "a password column that anon may read": {
      sql: `${supabase} create table accounts (id bigint primary key, password_hash text, api_key text); grant select on accounts to anon`,
      says: "anon may read accounts.password_hash, accounts.api_key of every row",
      fix: "alter table accounts enable row level security;",
    },
    "one that everybody may read, on any Postgres": {
      sql: "create table accounts (id bigint primary key, ssn text); grant select on accounts to public",
      says: "PUBLIC may read accounts.ssn",
    },
  },
  good: {
    "row-level security": `${supabase} create table accounts (id bigint primary key, password text); grant select on accounts to anon; alter table accounts enable row level security`,
    "a role of the application itself": `${app} create table accounts (id bigint primary key, password text); grant select on accounts to app`,
    "a schema that nobody may enter": `${supabase} create schema private; create table private.accounts (id bigint primary key, password text); grant select on private.accounts to anon`,
    "names that only begin like one": `${supabase} create table t (id bigint primary key, passwordless boolean, secretary text); grant select on t to anon`,
  },
});

const definer = (more = "") => `create function total() returns bigint language sql security definer ${more} as 'select 1::bigint'`;

const asked =
  "create schema auth; create function auth.uid() returns uuid language sql as $$ select current_setting('request.jwt.claim.sub', true)::uuid $$; revoke usage on schema auth from public;";

judge(securityDefinerFunctionExecutable, {
  bad: {
    "a function that everybody may run, which is how functions are made": {
      sql: definer(),
      says: "PUBLIC may run total(), which is SECURITY DEFINER: whatever it does is done with the rights of postgres",
      fix: "revoke execute on function total() from public;",
    },
    "one that was taken from PUBLIC but not from anon": {
      sql: `${supabase} create function total(x int, label text) returns int language sql security definer as 'select 1'; revoke execute on function total from public; grant execute on function total to anon`,
      says: "anon may run total(x integer, label text)",
      fix: "revoke execute on function total(x integer, label text) from anon;",
    },
    "one that was given to whoever signed in, who may need it": {
      sql: `${supabase} create function invited(token text) returns int language sql security definer as 'select 1'; revoke execute on function invited from public; grant execute on function invited to authenticated`,
      says: "See that it does no more than they are meant to do.",
      fix: null,
    },
    "one that asks who calls, as worth a look": {
      sql: `${asked} create function mine() returns uuid language sql security definer as 'select auth.uid()'`,
      says: "Its body asks who calls: see that every way through it does.",
      severity: "info",
    },
    "one that has another ask, as worth a look": {
      sql: `${asked} create schema app; create function app.mine() returns uuid language sql as 'select auth.uid()'; create function notes_of_mine() returns uuid language plpgsql security definer as 'begin return app.mine(); end'`,
      says: "Its body asks who calls",
      severity: "info",
    },
    "one that asks who it runs as, which is its owner": {
      sql: "create function mine() returns name language sql security definer as 'select current_user'",
      says: /for that role\.$/,
    },
    "a procedure": {
      sql: "create procedure tidy() language sql security definer as 'select 1'",
      says: "tidy()",
      fix: "revoke execute on procedure tidy() from public;",
    },
  },
  good: {
    "one that was taken from PUBLIC": `${definer()}; revoke execute on function total from public`,
    "one that the application's role was given": `${app} ${definer()}; revoke execute on function total from public; grant execute on function total to app`,
    "a function of its caller": "create function total() returns int language sql as 'select 1'",
    "a trigger function": "create function stamp() returns trigger language plpgsql security definer as 'begin return new; end'",
    "a schema that nobody may enter":
      "create schema private; create function private.total() returns int language sql security definer as 'select 1'",
  },
});

judge(functionSearchPathMutable, {
  bad: {
    "a function that takes its caller's path": {
      sql: definer(),
      says: "total() runs as postgres but looks names up in its caller's search_path",
      severity: "error",
      fix: "alter function total() set search_path = public, pg_temp;",
    },
    "one that nobody else may run, as less": {
      sql: `${definer()}; revoke execute on function total from public`,
      says: "total()",
      severity: "warning",
    },
  },
  good: {
    "a function with its own path": definer("set search_path = public, pg_temp"),
    "one with an empty path": definer("set search_path = ''"),
    "a body whose names were bound when it was made":
      "create function total() returns int language sql security definer begin atomic select 1; end",
    "a return that was bound so": "create function total() returns int language sql security definer return 1",
    "a function of its caller": "create function total() returns int language sql as 'select 1'",
  },
});

judge(publicSchemaCreate, {
  bad: {
    "a schema in which everybody may create, as before 15": {
      sql: "grant create on schema public to public",
      says: "Every role may create objects in schema public",
      fix: "revoke create on schema public from public;",
    },
  },
  good: {
    "public as 15 and later make it": "create table t (id int primary key)",
    "a schema of one role": `${app} create schema work; grant all on schema work to app`,
  },
});

judge(sbAuthUsersExposed, {
  bad: {
    "a view of auth.users that anon may read": {
      sql: `${supabase} create view people as select id, email from auth.users; grant select on people to anon, authenticated`,
      says: "anon, authenticated may read people, which reads auth.users with the rights of postgres",
      fix: "revoke select on people from anon, authenticated;",
    },
  },
  good: {
    "a view with security_invoker": `${supabase} create view people with (security_invoker) as select id from auth.users; grant select on people to anon`,
    "a view for nobody else": `${supabase} create view people as select id from auth.users`,
    "a table auth.users of somebody's own, which no API serves": `${app} create schema auth; create table auth.users (id int primary key); create view v as select * from auth.users; grant select on v to app`,
  },
});

judge(sbFkeyToAuthUnique, {
  bad: {
    "a reference to a column of auth.users that is no key": {
      sql: `${supabase} create table profiles (id bigint primary key, email text references auth.users (email))`,
      says: "profiles (email) refers to auth.users (email), which is not its primary key",
    },
  },
  good: { "a reference to its id": `${supabase} create table profiles (id uuid primary key references auth.users)` },
});

judge(sbQueueExposed, {
  bad: {
    "a queue that authenticated may read": {
      sql: `${supabase} create schema pgmq; grant usage on schema pgmq to authenticated; create table pgmq.q_mail (id int); grant select on pgmq.q_mail to authenticated`,
      says: "authenticated may use the queue table pgmq.q_mail without row-level security",
      fix: "alter table pgmq.q_mail enable row level security;",
    },
  },
  good: {
    "a queue with policies": `${supabase} create schema pgmq; grant usage on schema pgmq to authenticated; create table pgmq.q_mail (id int); grant select on pgmq.q_mail to authenticated; alter table pgmq.q_mail enable row level security`,
    "a queue that is not served": `${supabase} create schema pgmq; create table pgmq.q_mail (id int)`,
  },
});
