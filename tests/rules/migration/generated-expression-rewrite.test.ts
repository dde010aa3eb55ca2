import rule from "../../../src/rules/migration/generated-expression-rewrite.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders alter column gross set expression as (net * 1.2)",
      object: "orders.gross",
      message:
        "A new expression for gross computes it for every row: orders and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.",
    },
    'alter table app."Orders" alter "Gross" set expression as (net)',
    { sql: "alter table orders add a int, alter gross set expression as (net)", at: "alter gross set expression as (net)" },
    "begin; alter table orders alter gross set expression as (net); commit",
    "create table notes (id int); alter table orders alter gross set expression as (net)",
  ],
  good: [
    "alter table orders alter column gross drop expression",
    "alter table orders alter column gross set default 5",
    "create table orders (a int, b int generated always as (a) stored); alter table orders alter b set expression as (a + 1)",
    "alter table orders add column b int generated always as (a)",
    "alter table orders alter column gross set statistics 500",
  ],
  rehearsed: {
    setup: "create table orders (a int, b int generated always as (a) stored, c int generated always as (a) virtual)",
    bad: ["alter table orders alter b set expression as (a + 1)"],
    good: ["alter table orders alter c set expression as (a + 1)"],
  },
});
