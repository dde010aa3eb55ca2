import rule from "../../../src/rules/migration/mixed-ddl-dml.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; update orders set note = ''; alter table orders alter column note set not null; commit",
      at: "alter table orders alter column note set not null",
      severity: "warning",
      message:
        "The rows of orders that statement 2 changed stay locked while this waits for its ACCESS EXCLUSIVE lock on orders, and until the transaction ends: put data and schema into transactions of their own.",
      fix: null,
    },
    {
      sql: "delete from orders where id < 0; create index on orders (note); drop table users",
      inTransaction: true,
      at: "create index on orders (note)",
    },
    {
      sql: "create index on orders (note); update users set city = ''",
      inTransaction: true,
      at: "update users set city = ''",
      message:
        "This changes rows while the transaction holds the SHARE lock on orders: nobody else can write to orders until it is done and the transaction ends.",
    },
    { sql: "insert into archive select * from orders; alter table orders drop column note", inTransaction: true },
    { sql: "alter table orders add constraint f foreign key (a) references b not valid; delete from users", inTransaction: true },
  ],
  good: [
    "update orders set note = ''; alter table orders alter column note set not null",
    "begin; update orders set note = ''; commit; begin; alter table orders alter column note set not null; commit",
    "begin; insert into roles values ('admin'); alter table orders add column note text; commit",
    "begin; insert into roles (name) select 'admin'; alter table orders add column note text; commit",
    "begin; create table notes (id int); update notes set id = 1; alter table notes add column a int; commit",
    "begin; update orders set note = ''; create table notes (id int); create index on notes (id); commit",
    "begin; update alembic_version set version_num = 'a'; alter table orders add column note text; commit",
    // The lock is held already, and what is done under it is told by another rule.
    "begin; alter table orders add column note text; update orders set note = ''; alter table orders alter column note set not null; commit",
    "begin; alter table orders add column note text; update orders set note = ''; commit",
    "begin; alter table orders add column note text; alter table orders add column city text; commit",
    "begin; update orders set note = ''; update users set city = ''; commit",
    "begin; select count(*) from orders; alter table orders add column note text; commit",
    "begin; lock table orders in share mode; update orders set note = ''; commit",
  ],
  rehearsed: {
    setup: "create table orders (id bigint primary key, note text); create table users (id bigint primary key, city text)",
    rows: { orders: 5_000_000 },
    bad: [
      {
        sql: "begin; update orders set note = ''; alter table users add column a int; commit",
        message:
          "The rows of orders (about 5,000,000 rows) that statement 2 changed stay locked while this waits for its ACCESS EXCLUSIVE lock on users, and until the transaction ends: put data and schema into transactions of their own.",
      },
      { sql: "create index on orders (note); update users set city = ''", inTransaction: true, at: "update users set city = ''" },
    ],
    good: [
      { sql: "update orders set note = ''; create index concurrently on orders (note)", inTransaction: false },
      { sql: "update orders set note = ''; comment on table orders is 'x'", inTransaction: true },
    ],
  },
});
