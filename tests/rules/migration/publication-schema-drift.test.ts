import rule from "../../../src/rules/migration/publication-schema-drift.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table orders add column note text"],
  rehearsed: {
    setup: `
create table orders (id int primary key, total int, note text);
create table listed (id int primary key, total int);
create table private (id int primary key);
create publication pub for table orders, listed (id);`,
    bad: [
      {
        sql: "alter table orders add column state text",
        severity: "warning",
        object: "orders",
        message:
          "orders, which pub publishes, gets state: DDL is not replicated, and replication stops at the first row until the subscriber has it: change the subscriber first.",
        fix: null,
      },
      {
        sql: "alter table orders rename column note to notes",
        message:
          "orders, which pub publishes, has note renamed to notes: DDL is not replicated, and replication stops at the first row until the subscriber has it: change the subscriber first.",
      },
      { sql: "alter table orders rename to sales", severity: "warning" },
      { sql: "alter table orders drop column note", severity: "info" },
      { sql: "alter table orders alter column total type bigint", severity: "info" },
    ],
    good: [
      "alter table listed add column state text",
      "alter table private add column state text",
      "alter table orders alter column note set default ''",
      "alter table orders add constraint c check (total > 0) not valid",
      "create index on orders (note)",
      "alter table orders add column id int",
      "create table new (id int); alter table new add column a int",
    ],
  },
});
