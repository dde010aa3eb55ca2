import rule from "../../../src/rules/migration/unvalidated-constraint-left.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders add constraint total_positive check (total > 0) not valid",
      at: "add constraint total_positive check (total > 0) not valid",
      severity: "info",
      object: "orders.total_positive",
      message:
        "total_positive is left NOT VALID: rows of orders from before are not checked, and the planner does not count on it, until a later migration runs VALIDATE CONSTRAINT.",
      fix: "alter table orders add constraint total_positive check (total > 0) not valid;\nalter table orders validate constraint total_positive;",
    },
    { sql: "alter table orders add constraint f foreign key (a) references b not valid", inTransaction: true, fix: null },
    { sql: "alter table orders add check (total > 0) not valid", fix: null },
    { sql: "alter table orders add constraint c not null total not valid", object: "orders.c" },
    "alter table orders add constraint c check (a > 0) not valid; alter table users validate constraint c",
    "alter table orders add constraint c check (a > 0) not valid; alter table orders validate constraint d",
    "alter table orders validate constraint c; alter table orders drop constraint c, add constraint c2 check (a > 0) not valid",
  ],
  good: [
    "alter table orders add constraint c check (a > 0) not valid; alter table orders validate constraint c",
    "begin; alter table orders add constraint c check (a > 0) not valid; commit; alter table app.orders validate constraint c",
    "alter table orders add constraint c check (a > 0) not valid, validate constraint c",
    "alter table orders add constraint c check (a > 0) not valid; alter table orders drop constraint c",
    "alter table orders add constraint c check (a > 0) not valid; drop table orders",
    "alter table orders add constraint c check (a > 0) not valid; do $$ begin alter table orders validate constraint c; end $$",
    "alter table orders add constraint c check (a > 0)",
    "alter table orders add constraint c check (a > 0) not enforced",
    "create table orders (a int, check (a > 0))",
  ],
  rehearsed: {
    setup: "create table users (id bigint primary key); create table orders (id bigint primary key, user_id bigint, total int);",
    bad: [
      { sql: "alter table orders add constraint f foreign key (user_id) references users not valid", object: "orders.f" },
      { sql: "alter table orders add constraint c not null total not valid" },
    ],
    good: [
      "alter table orders add constraint c check (total > 0) not valid; alter table orders validate constraint c",
      "alter table orders add constraint c check (nothing > 0) not valid",
    ],
  },
});
