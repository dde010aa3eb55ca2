import multiplePermissivePolicies from "../../../src/rules/schema/multiple-permissive-policies.ts";
import policyExistsRlsDisabled from "../../../src/rules/schema/policy-exists-rls-disabled.ts";
import rlsDisabledExposedTable from "../../../src/rules/schema/rls-disabled-exposed-table.ts";
import rlsEnabledNoPolicy from "../../../src/rules/schema/rls-enabled-no-policy.ts";
import rlsInitplan from "../../../src/rules/schema/rls-initplan.ts";
import rlsPolicyAlwaysTrue from "../../../src/rules/schema/rls-policy-always-true.ts";
import rlsPolicyUnindexedColumn from "../../../src/rules/schema/rls-policy-unindexed-column.ts";
import rlsUserMetadata from "../../../src/rules/schema/rls-user-metadata.ts";
import { schemaJudge } from "./judged.ts";

const { judge } = schemaJudge();

const app = "create role app login;";
const supabase = `create role anon; create role authenticated; create schema auth; grant usage on schema public to anon, authenticated;
  create function auth.uid() returns uuid stable language sql as 'select null::uuid'; create function auth.jwt() returns jsonb stable language sql as 'select null::jsonb';`;
const notes =
  "create table notes (id bigint primary key, owner text, user_id uuid, body text); alter table notes enable row level security;";

judge(rlsDisabledExposedTable, {
  bad: {
    "a table that anon may read": {
      sql: `${supabase} create table posts (id bigint primary key); grant select on posts to anon`,
      says: "Row-level security is off on posts, and anon may use it",
      severity: "error",
      fix: "alter table posts enable row level security;",
    },
    "a table without, where others have it": {
      sql: `${app} ${notes} create table posts (id bigint primary key); grant select, insert on posts to app`,
      says: "off on posts, and app may use it",
      severity: "warning",
    },
    "a partition that may be read past its parent": {
      sql: `${app} create table logs (at date, id bigint, primary key (id, at)) partition by range (at); alter table logs enable row level security;
            create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01'); grant select on logs, logs_1 to app`,
      says: "off on logs_1",
    },
    "a grant to a group that somebody logs in with": {
      sql: `create role readers; ${app} grant readers to app; ${notes} create table posts (id bigint primary key); grant select on posts to readers`,
      says: "readers may use it",
    },
  },
  good: {
    "a database in which nobody uses it": `${app} create table posts (id bigint primary key); grant all on posts to app`,
    "a table that only its owner may use": `${supabase} create table posts (id bigint primary key)`,
    "a role that nobody can be": `create role nobody; ${notes} create table posts (id bigint primary key); grant all on posts to nobody`,
    "a role that bypasses it anyway": `create role service login bypassrls; ${notes} create table posts (id bigint primary key); grant all on posts to service`,
    "a schema that nobody may enter": `${supabase} create schema private; create table private.posts (id bigint primary key); grant select on private.posts to anon`,
    "a table with policies, which another rule tells of": `${app} ${notes} create table posts (id bigint primary key); grant select on posts to app; create policy p on posts for select using (id > 1)`,
  },
});

judge(policyExistsRlsDisabled, {
  bad: {
    "a policy that holds for nobody": {
      sql: "create table posts (id bigint primary key); create policy own on posts for select using (id > 1)",
      says: "posts has a policy (own), but row-level security is off on it, so it holds for nobody",
      fix: "alter table posts enable row level security;",
    },
    "two of them": {
      sql: "create table posts (id bigint primary key); create policy a on posts for select using (id > 1); create policy b on posts for delete using (id > 1)",
      says: "2 policies (a, b)",
    },
  },
  good: { "row-level security that is on": `${notes} create policy p on notes for select using (id > 1)` },
});

judge(rlsEnabledNoPolicy, {
  bad: {
    "a table closed to all": { sql: notes, says: "Row-level security is on for notes and no policy allows anything" },
    "one with restrictive policies only": {
      sql: `${notes} create policy p on notes as restrictive for select using (true)`,
      says: "notes",
    },
  },
  good: {
    "a policy": `${notes} create policy p on notes for select using (id > 1)`,
    "a partition, which is read through its parent":
      "create table logs (at date, id bigint, primary key (id, at)) partition by range (at); create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01'); alter table logs_1 enable row level security",
  },
});

judge(rlsPolicyAlwaysTrue, {
  bad: {
    "an update that is open, to a role that may update": {
      sql: `${app} ${notes} grant update on notes to app; create policy p on notes for update to app using (true)`,
      says: "Policy p lets app change any row in notes, because its condition is true for all of them",
      severity: "error",
    },
    "a delete of a role that has no right to it yet": {
      sql: `${app} ${notes} create policy p on notes for delete to app using (1 = 1)`,
      says: "delete any row",
      severity: "warning",
    },
    "everything, for everybody": {
      sql: `${notes} create policy p on notes using (true)`,
      says: "lets everybody change and delete any row",
    },
    "an insert of any row": { sql: `${notes} create policy p on notes for insert with check (not false)`, says: "insert any row" },
    "a row that may be given away": {
      sql: `${notes} create policy p on notes for update using (owner = current_user) with check (true or owner is null)`,
      says: "turn their rows into anybody's",
    },
    "anon on Supabase, who logs in as nobody": {
      sql: `${supabase} ${notes} create policy p on notes for update to anon using (true)`,
      says: "lets anon change any row",
    },
  },
  good: {
    "reading, which is often meant": `${notes} create policy p on notes for select using (true)`,
    "a condition": `${notes} create policy p on notes for update using (owner = current_user)`,
    "one that is narrowed by another": `${notes} create policy p on notes for update using (true); create policy q on notes as restrictive for update using (owner = current_user)`,
    "a restrictive one": `${notes} create policy p on notes as restrictive for update using (true)`,
    "a role that nobody can be": `create role nobody; ${notes} create policy p on notes for update to nobody using (true)`,
    "an insert without WITH CHECK, which Postgres refuses": `${notes} create policy p on notes for insert`,
    "a column that equals itself, unless it is NULL": `${notes} create policy p on notes for update using (owner = owner)`,
    "a table without row-level security": "create table t (id bigint primary key); create policy p on t for update using (true)",
  },
});

judge(rlsInitplan, {
  bad: {
    "auth.uid() for every row": {
      sql: `${supabase} ${notes} create policy own on notes for select using (user_id = auth.uid())`,
      says: "Policy own of notes calls auth.uid() again for every row",
      fix: "alter policy own on notes using (user_id = (select auth.uid()));",
    },
    "a setting, in USING and in WITH CHECK, with names beyond ASCII": {
      sql: `${notes} create policy "été" on notes for update using (owner = current_setting('app.été')) with check (body <> 'é' and owner = current_setting('app.user', true))`,
      says: 'Policy "été" of notes calls current_setting() again',
    },
    "one that an index asks for once, as worth knowing": {
      sql: `${supabase} ${notes} create policy own on notes for select using (user_id = auth.uid()); create index on notes (user_id)`,
      says: "auth.uid()",
      severity: "info",
    },
    "one of inserts, as worth knowing": {
      sql: `${supabase} ${notes} create policy own on notes for insert with check (user_id = auth.uid())`,
      says: "auth.uid()",
      severity: "info",
    },
    "a function of one's own": {
      sql: `create function tenant() returns text stable language sql as $$ select 'a' $$; ${notes} create policy own on notes using (owner = tenant())`,
      says: "tenant()",
    },
  },
  good: {
    "a sub-select": `${supabase} ${notes} create policy own on notes for select using (user_id = (select auth.uid()))`,
    "a function of the row": `create function is_mine(text) returns boolean stable language sql as 'select true'; ${notes} create policy own on notes using (is_mine(owner))`,
    "current_user, which costs nothing": `${notes} create policy own on notes using (owner = current_user)`,
    "an immutable function, which is folded": `create function tenant() returns text immutable language sql as $$ select 'a' $$; ${notes} create policy own on notes using (owner = tenant())`,
    "a table without row-level security": `${supabase} create table t (id uuid primary key); create policy p on t using (id = auth.uid())`,
  },
});

const filled = "insert into notes select i, 'user' || i % 500 from generate_series(1, 5000) i; analyze notes;";

judge(rlsPolicyUnindexedColumn, {
  bad: {
    "a column that no index starts with": {
      sql: `${notes} ${filled} create policy own on notes using (owner = (select current_user::text)); create index on notes (id, owner)`,
      says: "A policy of notes asks for owner, which no index starts with, so every query under it reads all of notes (about 5,000 rows)",
      fix: "create index concurrently notes_owner_idx on notes (owner);",
    },
    "the same where nobody knows the size": { sql: `${notes} create policy own on notes using (owner = 'x')`, says: "reads all of notes." },
  },
  good: {
    "an index on it": `${notes} ${filled} create policy own on notes using (owner = (select current_user::text)); create index on notes (owner)`,
    "another condition that an index serves": `${notes} ${filled} create policy own on notes using (id = 7 and owner = 'x')`,
    "a table that is read in one go anyway": `${notes} insert into notes values (1, 'x'); analyze notes; create policy own on notes using (owner = 'x')`,
    "a foreign key without an index, which another rule tells of": `create table people (name text primary key); ${notes} alter table notes add foreign key (owner) references people; create policy own on notes using (owner = 'x')`,
    "a condition with OR": `${notes} ${filled} create policy own on notes using (owner = 'x' or id > 5)`,
  },
});

judge(rlsUserMetadata, {
  bad: {
    "what users write about themselves": {
      sql: `${supabase} ${notes} create policy p on notes using (((select auth.jwt()) -> 'user_metadata' ->> 'admin')::boolean)`,
      says: "Policy p of notes believes user_metadata",
    },
    "the same through the setting": {
      sql: `${supabase} ${notes} create policy p on notes using ((current_setting('request.jwt.claims', true)::json ->> 'user_metadata') = 'x')`,
      says: "user_metadata",
    },
  },
  good: {
    "what only the server writes": `${supabase} ${notes} create policy p on notes using (((select auth.jwt()) -> 'app_metadata' ->> 'admin')::boolean)`,
    "a column called so": `${supabase} ${notes} create policy p on notes using (body = 'user_metadata')`,
  },
});

judge(multiplePermissivePolicies, {
  bad: {
    "two for one command": {
      sql: `${notes} create policy a on notes for select using (id > 1); create policy b on notes for select using (id < 9)`,
      says: "a, b on notes hold for the same role and command",
    },
    "one for all commands and one for one of them": {
      sql: `${app} ${notes} create policy a on notes using (id > 1); create policy b on notes for delete to app using (id < 9)`,
      says: "a, b on notes",
    },
  },
  good: {
    "one for each command": `${notes} create policy a on notes for select using (id > 1); create policy b on notes for delete using (id < 9)`,
    "one for each role": `${app} create role other; ${notes} create policy a on notes for select to app using (id > 1); create policy b on notes for select to other using (id < 9)`,
    "restrictive ones": `${notes} create policy a on notes as restrictive for select using (true); create policy b on notes as restrictive for all using (true)`,
  },
});
