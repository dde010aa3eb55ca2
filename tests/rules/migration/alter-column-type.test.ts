import rule from "../../../src/rules/migration/alter-column-type.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders alter column quantity type bigint",
      at: "alter column quantity type bigint",
      severity: "error",
      object: "orders.quantity",
      message:
        "Changing quantity to bigint rewrites all of orders and its indexes, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: null,
    },
    { sql: 'alter table app."Orders" add a int, alter "No" set data type varchar(20)', at: 'alter "No" set data type varchar(20)' },
    "alter table orders alter note type text using upper(note)",
    "alter table orders alter tags type text[]",
    "alter table orders alter at type timestamptz using at at time zone 'UTC'",
    "create table notes (id int); alter table orders alter total type numeric(10,2)",
  ],
  good: [
    "alter table orders alter note type text",
    "alter table orders alter note type varchar using note::varchar",
    "alter table orders alter total type numeric",
    "create table orders (id int); alter table orders alter id type bigint",
    "alter table orders add column quantity_big bigint",
    "alter type address alter attribute zip type text",
  ],
  rehearsed: {
    setup: `
      create extension if not exists citext;
      create table orders (
        id int primary key, short varchar(10), long varchar(200), total numeric(10,2), at timestamp, exact timestamp(3),
        net cidr, note text, bits bit varying(8)
      );
      create index notes on orders (note);
      create table watched (id int);
      create view watching as select id from watched`,
    rows: { orders: 9_000_000 },
    bad: [
      {
        sql: "alter table orders alter id type bigint",
        severity: "warning",
        message:
          "Changing id from integer to bigint rewrites all of orders (about 9,000,000 rows) and its indexes, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      },
      {
        sql: "alter table orders alter note type citext",
        message:
          "Changing note from text to citext rebuilds notes over all of orders (about 9,000,000 rows), under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      },
      "alter table orders alter long type varchar(20)",
      "alter table orders alter total type numeric(12,4)",
      "alter table orders alter exact type timestamp(0)",
      "set timezone = 'America/Los_Angeles'; alter table orders alter at type timestamptz",
      { sql: "alter table orders alter short type text, alter id type bigint", at: "alter id type bigint" },
    ],
    good: [
      "alter table orders alter short type varchar(50), alter long type text",
      "alter table orders alter note type varchar",
      "alter table orders alter total type numeric(12,2), alter net type inet, alter bits type bit varying(16)",
      "set timezone = 'UTC'; alter table orders alter at type timestamptz",
      "alter table orders alter exact type timestamp(6)",
      "alter table watched alter id type bigint",
      "alter table orders alter note type text, alter note set not null",
    ],
  },
});
