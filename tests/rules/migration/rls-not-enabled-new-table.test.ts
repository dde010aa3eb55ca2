import rule from "../../../src/rules/migration/rls-not-enabled-new-table.ts";
import { testMigrationRule } from "../migration-test.ts";

const supabase =
  "create role anon; create role authenticated; create schema private; alter default privileges in schema public grant all on tables to anon, authenticated;";

testMigrationRule(rule, {
  bad: [],
  good: ["create table orders (id int)"],
  rehearsed: {
    setup: `${supabase} create table public.there (id int);`,
    bad: [
      {
        sql: "create table orders (id int)",
        at: "create table orders (id int)",
        severity: "error",
        object: "orders",
        message:
          "orders is made without row-level security, and default privileges of public give it to anon and authenticated: whoever has the public key of the API reaches every row.",
        fix: "create table orders (id int);\nalter table orders enable row level security;",
      },
      { sql: "create table a (id int); alter table a enable row level security; create table b (id int)", object: "b" },
      "create unlogged table orders (id int)",
      "create table orders as select 1 as id",
      { sql: "create table events (day date) partition by range (day); create table e partition of events default", object: "events" },
    ],
    good: [
      "create table orders (id int); alter table orders enable row level security",
      "begin; create table orders (id int); alter table orders enable row level security; create policy p on orders to authenticated using (true); commit",
      "create table private.orders (id int)",
      "create temporary table orders (id int)",
      "create table orders (id int); drop table orders",
      "create table if not exists there (id int)",
      "create table part (like there); create table all_parts (id int) partition by hash (id); alter table all_parts enable row level security; alter table all_parts attach partition part for values with (modulus 1, remainder 0)",
      "create view orders as select 1",
      "create table orders (id int); alter table orders set schema private",
    ],
  },
});

testMigrationRule(rule, {
  bad: [],
  good: [],
  rehearsed: {
    setup: `
create schema app; create schema mixed;
create table app.users (id int); alter table app.users enable row level security;
create table app.orders (id int); alter table app.orders enable row level security;
create table mixed.users (id int); alter table mixed.users enable row level security;
create table mixed.orders (id int);`,
    bad: [
      {
        sql: "create table app.notes (id int)",
        severity: "warning",
        message:
          "app.notes is made without row-level security, which every other table of app has: its grants alone decide who reaches its rows.",
        fix: "create table app.notes (id int);\nalter table app.notes enable row level security;",
      },
    ],
    good: ["create table mixed.notes (id int)", "create table notes (id int)"],
  },
});
