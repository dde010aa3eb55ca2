import rule from "../../../src/rules/migration/enum-value-used-in-same-transaction.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; alter type status add value 'refunded'; update orders set status = 'refunded' where id = 1; commit",
      at: "update orders set status = 'refunded' where id = 1",
      severity: "error",
      object: "status",
      message:
        "'refunded' was added to status in this transaction, and Postgres refuses to use it before that is committed: put this statement into a migration of its own.",
    },
    {
      sql: `alter type app."Status" add value 'b'; alter table orders alter status set default 'b'`,
      inTransaction: true,
      object: 'app."Status"',
    },
    { sql: "alter type status add value if not exists 'b' after 'a'; insert into orders values (1, 'b')", inTransaction: true },
    { sql: "alter type status add value 'b'; select 1; create index on orders (id) where status = 'b'", inTransaction: true },
    { sql: "alter type status add value 'b'; alter table orders add check (status <> 'b')", inTransaction: true },
  ],
  good: [
    "alter type status add value 'b'; insert into orders values (1, 'b')",
    { sql: "alter type status add value 'b'; commit; insert into orders values (1, 'b')", inTransaction: true },
    { sql: "create type status as enum ('a'); alter type status add value 'b'; select 'b'::status", inTransaction: true },
    { sql: "alter type status add value 'b'; insert into orders values (1, 'a')", inTransaction: true },
    { sql: "alter type status rename value 'a' to 'b'; insert into orders values (1, 'b')", inTransaction: true },
  ],
});
