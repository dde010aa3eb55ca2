import { expect, test } from "vitest";
import { othersOf, ownOf, supabase, trialsOf } from "./trial.ts";

interface Case {
  readonly name: string;
  readonly sql: string;
  /** What a user does with rows of their own. */
  readonly own: string;
  /** What reaches rows of others, and what let it. */
  readonly others: readonly string[];
}

const bookings = `create table bookings (id bigint generated always as identity primary key, user_id uuid not null, note text);
alter table bookings enable row level security;`;
const ownBookings = `${bookings}
create policy own on bookings for all to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());`;
const documents = `create table documents (id uuid primary key, tenant_id uuid not null, title text);
alter table documents enable row level security;`;

const cases: readonly Case[] = [
  { name: "owner only", sql: supabase + ownBookings, own: "bookings: read, insert, update, delete", others: [] },
  {
    name: "everybody reads, the owner writes",
    sql: `${supabase}${ownBookings}
    create policy shown on bookings for select using (true);`,
    own: "bookings: read, insert, update, delete",
    others: ["anon: read: bookings by shown", "A: read: bookings by shown"],
  },
  {
    name: "published rows are for everybody",
    sql: `${supabase}
    create table posts (id bigint primary key, author_id uuid not null, published boolean not null default false, body text);
    alter table posts enable row level security;
    create policy shown on posts for select using (published);
    create policy own on posts for all to authenticated using (author_id = auth.uid());`,
    own: "posts: read, insert, update, delete",
    others: ["anon: read: posts by shown", "A: read: posts by shown"],
  },
  {
    name: "an insert that nothing checks",
    sql: `${supabase}${bookings}
    create policy reads on bookings for select to authenticated using (user_id = auth.uid());
    create policy inserts on bookings for insert to authenticated with check (true);`,
    own: "bookings: read, insert",
    others: ["A: insert as B: bookings by inserts"],
  },
  {
    name: "an update that gives rows away",
    sql: `${supabase}${bookings}
    create policy reads on bookings for select to authenticated using (true);
    create policy updates on bookings for update to authenticated using (user_id = auth.uid()) with check (true);`,
    own: "bookings: read, update",
    others: ["A: read: bookings by reads", "A: give own rows away by user_id: bookings by reads + updates"],
  },
  {
    name: "an update of all rows, whose reads are guarded",
    sql: `${supabase}${bookings}
    create policy reads on bookings for select to authenticated using (user_id = auth.uid());
    create policy updates on bookings for update to authenticated using (true) with check (user_id = auth.uid());`,
    own: "bookings: read, update",
    others: ["A: take over without WHERE: bookings by updates"],
  },
  {
    name: "a delete of all rows without WHERE",
    sql: `${supabase}${bookings}
    create policy reads on bookings for select to authenticated using (user_id = auth.uid());
    create policy deletes on bookings for delete to authenticated using (true);`,
    own: "bookings: read, delete",
    others: ["A: delete without WHERE: bookings by deletes"],
  },
  {
    name: "permissive policies are joined by OR",
    sql: `${supabase}${ownBookings}
    create policy signed_in on bookings for all to authenticated using (auth.uid() is not null);`,
    own: "bookings: read, insert, update, delete",
    others: [
      "A: read, insert as B, update, update without WHERE, take over, take over without WHERE, give own rows away by user_id, delete, delete without WHERE: bookings by signed_in",
    ],
  },
  {
    name: "two policies, each of which is enough",
    sql: `${supabase}${bookings}
    create policy first on bookings for select using (true);
    create policy second on bookings for select using (id > 0);`,
    own: "bookings: read",
    others: ["anon: read: bookings by first + second", "A: read: bookings by first + second"],
  },
  {
    name: "a restrictive policy takes away what a permissive one gives",
    sql: `${supabase}${bookings}
    create policy open on bookings for all to authenticated using (true);
    create policy only_own on bookings as restrictive for all to authenticated using (user_id = auth.uid());`,
    own: "bookings: read, insert, update, delete",
    others: [],
  },
  {
    name: "a view without security_invoker",
    sql: `${supabase}${ownBookings}
    create view all_bookings as select id, note from bookings;`,
    own: "bookings: read, insert, update, delete",
    others: [
      "anon: read, update without WHERE, delete without WHERE: all_bookings by it reads as its owner postgres, without security_invoker",
      "A: read, update without WHERE, delete without WHERE: all_bookings by it reads as its owner postgres, without security_invoker",
    ],
  },
  {
    name: "a view with security_invoker",
    sql: `${supabase}${ownBookings}
    create view all_bookings with (security_invoker) as select id, note from bookings;`,
    own: "bookings: read, insert, update, delete",
    others: [],
  },
  {
    name: "a materialized view",
    sql: `${supabase}${ownBookings}
    create materialized view notes as select note from bookings;`,
    own: "bookings: read, insert, update, delete",
    others: [
      "anon: read: notes by a materialized view has no row-level security",
      "A: read: notes by a materialized view has no row-level security",
    ],
  },
  {
    name: "a function that runs as its owner",
    sql: `${supabase}${ownBookings}
    create function bookings_of(p_user_id uuid) returns setof bookings language sql stable security definer set search_path = '' as
      'select * from public.bookings where user_id = p_user_id';
    create function wipe(p_note text) returns void language plpgsql security definer as 'begin delete from public.bookings where note = p_note; end';`,
    own: "bookings: read, insert, update, delete",
    others: [
      "anon: read by calling it: bookings_of(uuid) by SECURITY DEFINER as postgres",
      "anon: change by calling it: wipe(text) by SECURITY DEFINER as postgres",
      "A: read by calling it: bookings_of(uuid) by SECURITY DEFINER as postgres",
      "A: change by calling it: wipe(text) by SECURITY DEFINER as postgres",
    ],
  },
  {
    name: "a function that asks who calls",
    sql: `${supabase}${ownBookings}
    create function my_bookings() returns setof bookings language sql stable security definer as
      'select * from public.bookings where user_id = auth.uid()';`,
    own: "bookings: read, insert, update, delete",
    others: [],
  },
  {
    name: "a table without row-level security",
    sql: `${supabase}
    create table notes (id uuid primary key, user_id uuid not null references auth.users, body text);`,
    own: "notes: read, insert, update, delete",
    others: [
      "anon: read, insert as A, update, update without WHERE, delete, delete without WHERE: notes by no row-level security",
      "A: read, insert as B, update, update without WHERE, delete, delete without WHERE: notes by no row-level security",
    ],
  },
  {
    name: "policies that are not switched on",
    sql: `${supabase}${ownBookings} alter table bookings disable row level security;`,
    own: "bookings: read, insert, update, delete",
    others: [
      "anon: read, insert as A, update, update without WHERE, delete, delete without WHERE: bookings by no row-level security",
      "A: read, insert as B, update, update without WHERE, take over, take over without WHERE, give own rows away by user_id, delete, delete without WHERE: bookings by no row-level security",
    ],
  },
  { name: "row-level security without a policy", sql: supabase + bookings, own: "", others: [] },
  {
    name: "privileges of columns",
    sql: `${supabase}${bookings}
    create policy shown on bookings using (true);
    revoke all on bookings from anon, authenticated;
    grant select (id, note), update (note) on bookings to authenticated;`,
    own: "bookings: read, update",
    others: ["A: read, update, update without WHERE: bookings by shown"],
  },
  {
    name: "a claim that users edit",
    sql: `${supabase}${documents}
    create policy tenant on documents for all to authenticated
      using (tenant_id = ((auth.jwt() -> 'user_metadata') ->> 'tenant_id')::uuid);`,
    own: "documents: read, insert, update, delete",
    others: [
      "A with an edited user_metadata: read, insert as B, update, update without WHERE, delete, delete without WHERE: documents by tenant",
    ],
  },
  {
    name: "a claim that users do not edit",
    sql: `${supabase}${documents}
    create policy tenant on documents for all to authenticated
      using (tenant_id = ((select auth.jwt()) -> 'app_metadata' ->> 'tenant_id')::uuid);`,
    own: "documents: read, insert, update, delete",
    others: [],
  },
  {
    name: "members of a team, found through a function",
    sql: `${supabase}
    create table teams (id uuid primary key, name text);
    create table members (team_id uuid references teams, user_id uuid references auth.users, primary key (team_id, user_id));
    create table tasks (id uuid primary key, team_id uuid not null references teams, title text);
    alter table teams enable row level security; alter table members enable row level security; alter table tasks enable row level security;
    create function is_member(team uuid) returns boolean language sql stable security definer as
      'select exists (select from public.members m where m.team_id = team and m.user_id = auth.uid())';
    create policy own on teams for select to authenticated using (is_member(id));
    create policy own on members for select to authenticated using (user_id = auth.uid());
    create policy joins on members for insert to authenticated with check (user_id = auth.uid());
    create policy own on tasks for all to authenticated using (is_member(team_id));`,
    own: "teams: read; members: read, insert; tasks: read, insert, update, delete",
    others: ["A: insert with B's team_id: members by joins"],
  },
  {
    name: "members of a team, found by a subquery",
    sql: `${supabase}
    create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
    create table tasks (id uuid primary key, team_id uuid not null, title text);
    alter table members enable row level security; alter table tasks enable row level security;
    create policy own on members for select to authenticated using (user_id = (select auth.uid()));
    create policy own on tasks for all to authenticated using (team_id in (select m.team_id from members m where m.user_id = auth.uid()));`,
    own: "members: read; tasks: read, insert, update, delete",
    others: [],
  },
  {
    name: "a policy that reads its own table",
    sql: `${supabase}
    create table members (team_id uuid, user_id uuid, primary key (team_id, user_id));
    alter table members enable row level security;
    create policy team on members for select to authenticated using (team_id in (select m.team_id from members m where m.user_id = auth.uid()));`,
    own: "",
    others: [],
  },
  {
    name: "a tenant from a setting",
    sql: `create role app login; ${documents} grant select, insert, update, delete on documents to app;
    create policy tenant on documents using (tenant_id = current_setting('app.tenant_id', true)::uuid);`,
    own: "documents: read, insert, update, delete",
    others: [],
  },
  {
    name: "a tenant from a setting, through a function, as a number",
    sql: `create role app login; create schema app; grant usage on schema app to app;
    create function app.tenant() returns bigint language plpgsql stable as $$ begin return nullif(current_setting('app.tenant', true), '')::bigint; end $$;
    create table tenants (id bigint primary key, name text);
    create table invoices (id bigint primary key, tenant_id bigint not null references tenants, total numeric(10, 2) check (total > 0));
    alter table invoices enable row level security; alter table invoices force row level security;
    grant select, insert, update on tenants, invoices to app;
    create policy tenant on invoices using (tenant_id = app.tenant());`,
    own: "tenants: read, insert, update; invoices: read, insert, update",
    others: [
      "nobody: read, insert as A, update, update without WHERE: tenants by no row-level security",
      "A: read, insert as B, update, update without WHERE: tenants by no row-level security",
    ],
  },
  {
    name: "the owner of a table without FORCE",
    sql: `create role app login; grant create, usage on schema public to app; ${documents} alter table documents owner to app;
    create policy tenant on documents using (tenant_id = current_setting('app.tenant_id', true)::uuid);`,
    own: "documents: read, insert, update, delete",
    others: [
      "nobody: read, insert as A, update, update without WHERE, delete, delete without WHERE: documents by app owns the table, which does not FORCE row-level security",
      "A: read, insert as B, update, update without WHERE, take over, take over without WHERE, give own rows away by tenant_id, delete, delete without WHERE: documents by app owns the table, which does not FORCE row-level security",
    ],
  },
  {
    name: "the owner of a table with FORCE",
    sql: `create role app login; grant create, usage on schema public to app; ${documents} alter table documents owner to app; alter table documents force row level security;
    create policy tenant on documents using (tenant_id = current_setting('app.tenant_id', true)::uuid);`,
    own: "documents: read, insert, update, delete",
    others: [],
  },
  {
    name: "a role that bypasses",
    sql: `create role app login bypassrls; ${documents} grant select on documents to app;
    create policy tenant on documents using (tenant_id = current_setting('app.tenant_id', true)::uuid);`,
    own: "documents: read",
    others: ["nobody: read: documents by app bypasses row-level security", "A: read: documents by app bypasses row-level security"],
  },
  {
    name: "each user a role of their own",
    sql: `create role staff; ${documents.replace("tenant_id uuid", "owner text")} grant select, insert, update, delete on documents to staff;
    create policy own on documents to staff using (owner = current_user);`,
    own: "documents: read, insert, update, delete",
    others: [],
  },
  {
    name: "files in a folder of the user's name",
    sql: `${supabase} create schema storage; grant usage on schema storage to anon, authenticated;
    create table storage.objects (id uuid primary key, bucket_id text, name text, owner uuid);
    alter table storage.objects enable row level security;
    create function storage.foldername(name text) returns text[] language sql immutable as $$ select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1] $$;
    create policy own on storage.objects for select to authenticated using (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text);
    create policy avatars on storage.objects for insert to authenticated with check (bucket_id = 'avatars');`,
    own: "storage.objects: read, insert",
    others: ["A: insert as B: storage.objects by avatars"],
  },
];

test.each(cases)("$name", async ({ sql, own, others }) => {
  const { server, twin } = await trialsOf(sql);
  expect(ownOf(server)).toEqual(own);
  expect(othersOf(server, "A")).toEqual(others);
  expect(twin).toEqual(server);

  // What B reaches is what A reaches.
  const mirrored = othersOf(server, "A")
    .filter((line) => /^A(?: as|:)/.test(line))
    .map((line) => line.replace(/^A/, "B").replace(/insert as B|with B's/, (text) => text.replace("B", "A")));
  expect(othersOf(server, "B").filter((line) => line.startsWith("B"))).toEqual(mirrored);
});

test("a policy that reads its own table is refused by Postgres, and that is said", async () => {
  const { twin } = await trialsOf(cases.find(({ name }) => name === "a policy that reads its own table")?.sql ?? "");
  expect(twin.limits).toEqual([expect.stringContaining('public.members: infinite recursion detected in policy for relation "members"')]);
});

test("a table whose rows nobody can make up is named", async () => {
  const { twin } = await trialsOf(`${supabase}
    create table codes (id bigint primary key, user_id uuid not null, code text not null check (code ~ '^[A-Z]{3}-[0-9]{7}$'));
    alter table codes enable row level security;
    create policy own on codes using (user_id = auth.uid());`);
  expect(twin.objects).toEqual([]);
  expect(twin.limits).toEqual([expect.stringMatching(/^public\.codes: no rows could be generated \(.*codes_code_check/)]);
});

test("a claim that A and B do not have is named", async () => {
  const { twin } = await trialsOf(`${supabase}${ownBookings}
    create policy admins on bookings for select using ((auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');`);
  expect(othersOf(twin, "A")).toEqual([]);
  expect(twin.limits).toEqual(["what a user may do whose claim app_metadata.role is admin: A and B have no such claim"]);
});

test("without any GRANT, all privileges are taken for granted, and that is said", async () => {
  const { twin } = await trialsOf(
    `${documents} create policy tenant on documents using (tenant_id = current_setting('app.tenant_id', true)::uuid);`,
  );
  expect(ownOf(twin)).toBe("documents: read, insert, update, delete");
  expect(twin.limits).toEqual(["privileges: no GRANT names a role, so all are taken for granted"]);
});
