import rule from "../../../src/rules/migration/enum-type-created.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create type shop.order_state as enum ('new', 'paid')",
      severity: "info",
      object: "shop.order_state",
      message:
        "A value of shop.order_state can be added and renamed later, but never removed or moved: a table of the values, or a CHECK, takes every change.",
      fix: null,
    },
  ],
  good: [
    "create type point3 as (x int, y int, z int)",
    "create table states (name text primary key); insert into states values ('new')",
    "create domain state as text check (value in ('new', 'paid'))",
    "alter type order_state add value 'sent' after 'paid'",
    "create type span as range (subtype = int)",
  ],
});
