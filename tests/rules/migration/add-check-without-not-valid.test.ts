import rule from "../../../src/rules/migration/add-check-without-not-valid.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders add constraint positive check (total >= 0)",
      at: "add constraint positive check (total >= 0)",
      severity: "error",
      message: "Adding positive reads all of orders to verify it, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: "alter table orders add constraint positive check (total >= 0) not valid;\nalter table orders validate constraint positive;",
    },
    {
      sql: 'alter table app."Orders" add check (a in (1, 2)), add column b int',
      at: "add check (a in (1, 2))",
      fix: `alter table app."Orders" add constraint "Orders_check" check (a in (1, 2)) not valid;
alter table app."Orders" validate constraint "Orders_check";`,
    },
    {
      sql: 'alter table orders ADD CONSTRAINT "a ""b""" CHECK (total > 0)',
      fix: `alter table orders add constraint "a ""b""" CHECK (total > 0) not valid;
alter table orders validate constraint "a ""b""";`,
    },
    { sql: "alter table orders add column total numeric default 5 check (total > 0)", fix: null },
    "create table notes (id int); alter table orders add constraint c check (total > 0)",
  ],
  good: [
    "alter table orders add constraint c check (total > 0) not valid",
    "create table orders (total int check (total > 0)); alter table orders add check (total < 9)",
    "alter table orders add constraint c unique (total)",
    "alter table orders drop constraint c",
    "alter domain money_amount add check (value > 0)",
  ],
});
