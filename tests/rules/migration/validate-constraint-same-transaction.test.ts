import rule from "../../../src/rules/migration/validate-constraint-same-transaction.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint c; commit",
      at: "validate constraint c",
      object: "orders.c",
      message:
        "VALIDATE reads all of orders while the transaction that added c still holds its ACCESS EXCLUSIVE lock that blocks every read and write: commit in between.",
    },
    {
      sql: "alter table orders add constraint f foreign key (a) references b not valid; alter table orders validate constraint f",
      inTransaction: true,
      message:
        "VALIDATE reads all of orders while the transaction that added f still holds its SHARE ROW EXCLUSIVE lock that blocks writes: commit in between.",
    },
    "alter table orders add constraint c check (total > 0) not valid, validate constraint c",
    'begin; alter table app."Orders" add constraint "C" check (a > 0) not valid; select 1; alter table app."Orders" validate constraint "C"',
    "begin; alter table users add constraint c not null email not valid; alter table users validate constraint c; commit",
  ],
  good: [
    "alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint c",
    {
      sql: "alter table orders add constraint c check (total > 0) not valid; commit; alter table orders validate constraint c",
      inTransaction: true,
    },
    "begin; alter table orders validate constraint from_last_week; commit",
    "begin; create table orders (total int); alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint c; commit",
    "begin; alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint d; commit",
  ],
});
