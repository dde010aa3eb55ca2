import rule from "../../../src/rules/migration/alter-column-type-blocked-by-dependency.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table orders alter id type bigint", "alter table orders add column a int"],
  rehearsed: {
    setup: `
      create table orders (id int, note varchar(10), doubled int generated always as (id * 2) stored);
      create view notes as select note from orders;
      create schema app;
      create table app."Orders" ("No" int);
      create view app.numbers as select "No" from app."Orders"`,
    bad: [
      {
        sql: "alter table orders alter note type text",
        at: "alter note type text",
        severity: "error",
        object: "orders.note",
        message:
          "Postgres refuses to change the type of note of orders: cannot alter type of a column used by a view or rule. Drop what depends on it first, and make it again in the same transaction.",
      },
      "alter table orders alter id type bigint",
      'alter table app."Orders" alter "No" type bigint',
      { sql: "alter table orders add a int, alter note type varchar(20)", at: "alter note type varchar(20)" },
      "begin; alter table orders alter note type varchar(20); commit",
    ],
    good: [
      "begin; drop view notes; alter table orders alter note type text; create view notes as select note from orders; commit",
      "alter table orders drop column doubled; alter table orders alter id type bigint",
      "alter table orders add column other text",
      "alter table orders alter missing type text",
      'drop view app.numbers; alter table app."Orders" alter "No" type bigint',
    ],
  },
});
