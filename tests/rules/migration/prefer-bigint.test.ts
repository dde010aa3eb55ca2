import rule from "../../../src/rules/migration/prefer-bigint.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table orders (id int primary key)",
      at: "id",
      severity: "info",
      object: "orders.id",
      message:
        "id of orders is integer, which ends at 2,147,483,647, and making it bigint later rewrites the table under an ACCESS EXCLUSIVE lock.",
      fix: null,
    },
    { sql: 'create table app."Orders" ("Id" SERIAL4)', at: '"Id"', object: 'app."Orders".Id' },
    {
      sql: "create table visits (year smallint)",
      message:
        "year of visits is smallint, which ends at 32,767, and making it bigint later rewrites the table under an ACCESS EXCLUSIVE lock.",
    },
    { sql: "alter table orders add column parts int4[]", at: "add column parts int4[]" },
    { sql: "alter table orders alter column total type integer", object: "orders.total" },
    "create table notes (id pg_catalog.int2)",
  ],
  good: [
    "create table orders (id bigint primary key, n int8, m bigserial, k serial8)",
    "create table orders (total numeric, price double precision, name text)",
    "create temporary table kept (id int)",
    "alter table orders drop column total",
    "create function f(a int) returns int language sql as 'select 1'",
    "create table orders (id app.int)",
  ],
});
