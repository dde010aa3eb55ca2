import { expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";

const schema_sql = `
create table bookings (id bigint generated always as identity primary key, user_id uuid not null references auth.users, note text);
alter table bookings enable row level security;
create policy reads on bookings for select to authenticated using (user_id = (select auth.uid()));
create policy inserts on bookings for insert to authenticated with check (true);
create policy updates on bookings for update to authenticated using (true) with check (user_id = (select auth.uid()));
create table rooms (id bigint generated always as identity primary key, owner_id uuid not null references auth.users, name text);
alter table rooms enable row level security;
create policy own on rooms for all to authenticated using (owner_id = (select auth.uid()));
grant select, insert, update, delete on bookings, rooms to anon, authenticated;
create view all_bookings as select id, note from bookings;
grant select on all_bookings to anon;
`;

const review = async (asked: Record<string, unknown>) =>
  (await connectOnce(undefined)).callTool({ name: "review_schema", arguments: { schema_sql, ...asked } });

test("a detailed review tries the policies: the whole answer", async () => {
  expect(textOf(await review({ response_format: "detailed" }))).toMatchInlineSnapshot(`
    "Basis: from schema_sql; statistics none. Only the catalog was read.
    Examined: 2 tables, 1 view, 2 indexes, 4 policies, 0 functions, 90 rules.

    Verdict: block, 3 errors, 2 warnings.

    1. error schema/rls-policy-always-true x2.
       - Policy inserts lets authenticated insert any row in bookings, because its condition is true for all of them.
       - Policy updates lets authenticated change any row in bookings, because its condition is true for all of them.
    2. error schema/view-security-definer. all_bookings reads bookings with the rights of postgres, so anon sees rows through it that the policies there hide.
       alter view all_bookings set (security_invoker = true);
       undo: alter view all_bookings reset (security_invoker);
    3. warning schema/foreign-key-unindexed x2.
       - Deleting from auth.users scans all of bookings for each row, because bookings_user_id_fkey has no index, and neither have joins between the two.
          create index concurrently bookings_user_id_idx on bookings (user_id);
          undo: drop index concurrently bookings_user_id_idx;
       - Deleting from auth.users scans all of rooms for each row, because rooms_owner_id_fkey has no index, and neither have joins between the two.
          create index concurrently rooms_owner_id_idx on rooms (owner_id);
          undo: drop index concurrently rooms_owner_id_idx;

    Policies tried in the twin by anon, A, B, told apart by claim sub, each user with up to 6 generated rows in a table.
    - public.bookings: A, B: insert as another (inserts); take over without WHERE (updates)
    - public.all_bookings: anon: read (it reads as its owner postgres, without security_invoker)
    - 1 other object: nobody was seen to reach another's rows

    \`\`\`mermaid
    erDiagram
      "bookings" {
        bigint id PK
        uuid user_id FK
      }
      "rooms" {
        bigint id PK
        uuid owner_id FK
      }
    \`\`\`

    Not seen: what only a live server counts: unused indexes, invalid ones, what follows from what in rows, how far sequences are; sizes: pass row_counts ({ table: rows }); a role that schema_sql does not create is taken to log in, and the owner of everything for a superuser; policies tried: views: they are updated by their first 4 columns, and nothing is inserted through them.

    Next: migration_checklist with the fixes you take, before they are run"
  `);
});

test("a concise review does not", async () => {
  const { structuredContent } = await review({});
  expect(structuredContent).not.toHaveProperty("row_security");
});

test("who reached whose rows is in the structured answer, own rows too", async () => {
  const { structuredContent } = await review({ response_format: "detailed" });
  expect(structuredContent).toMatchObject({
    row_security: {
      actors: ["anon", "A", "B"],
      identity: ["claim sub"],
      reached: expect.arrayContaining([
        { actor: "A", what: "read", object: "public.bookings", whose: "own", rows: 6, by: [] },
        { actor: "A", what: "insert as B", object: "public.bookings", whose: "other", rows: 1, by: ["inserts"] },
        { actor: "B", what: "take over without WHERE", object: "public.bookings", whose: "other", rows: 6, by: ["updates"] },
      ]),
    },
  });
});
