import rule from "../../../src/rules/migration/add-column-stored-generated.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders add column gross numeric generated always as (net * 1.2) stored",
      severity: "error",
      message:
        "Adding gross as a stored generated column computes it for every row: orders and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.",
    },
    'alter table app."Orders" add "Gross" numeric generated always as (net) stored not null',
    { sql: "alter table orders add a int, add b int generated always as (a) stored", at: "add b int generated always as (a) stored" },
    "alter table if exists orders add column if not exists b int generated always as (a) stored",
    "create table notes (id int); alter table orders add b int generated always as (a) stored",
  ],
  good: [
    "alter table orders add column gross numeric generated always as (net * 1.2) virtual",
    "alter table orders add column gross numeric generated always as (net * 1.2)",
    "create table orders (a int, b int generated always as (a) stored)",
    "create table orders (a int); alter table orders add b int generated always as (a) stored",
    "alter table orders alter column gross drop expression",
  ],
});
