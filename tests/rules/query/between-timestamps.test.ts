import { expect, test } from "vitest";
import rule from "../../../src/rules/query/between-timestamps.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create domain moment as timestamptz;
    create table orders (
      id bigint primary key, created_at timestamptz not null, local timestamp, whole timestamp(0), milli timestamptz(3), due date, total numeric,
      "At" timestamp, opened moment)`,
  bad: [
    {
      sql: "select id from orders where created_at between '2024-01-01' and '2024-01-31'",
      at: "created_at between '2024-01-01' and '2024-01-31'",
      object: "orders.created_at",
      severity: "warning",
      message:
        "BETWEEN ends with the first moment of '2024-01-31': the rest of that day is left out, and a row of that moment also belongs to a range that starts there.",
      fix: "select id from orders where created_at >= '2024-01-01' and created_at < '2024-02-01'",
    },
    {
      sql: `select id from orders o where total > 5 or o."At" between date '2024-01-01' and date '2024-02-01'`,
      fix: `select id from orders o where total > 5 or (o."At" >= date '2024-01-01' and o."At" < '2024-02-01')`,
    },
    {
      sql: "select id from orders where local between '2024-03-05 00:00' and '2024-03-05 00:00:00'",
      fix: "select id from orders where local >= '2024-03-05 00:00' and local < '2024-03-06'",
    },
    { sql: "select id from orders where created_at between '2024-01-01' and '2024-01-08'", severity: "warning", fix: null },
    { sql: "select id from orders where created_at between '2024-12-01T00:00:00Z' and '2024-12-31T00:00:00Z'", fix: null },
    { sql: "select id from orders where created_at not between '2024-01-01' and '2024-01-31'", severity: "warning", fix: null },
    { sql: "select id from orders where local between symmetric '2024-01-31' and '2024-01-01'", fix: null },
    { sql: "select id from orders where created_at between current_date - 7 and current_date", severity: "warning", fix: null },
    { sql: "select id from orders where created_at between $1::date and $2::date", severity: "warning", fix: null },
    { sql: "select id from orders where created_at between $1::date and $1::date + interval '1 day'" },
    {
      sql: "select id from orders where created_at between date_trunc('month', now()) and date_trunc('month', now()) + interval '1 month'",
    },
    { sql: "select count(*) filter (where local between '2024-01-01'::timestamp and '2024-01-02'::timestamp) from orders", fix: null },
    {
      sql: "select id from orders where created_at between $1 and $2",
      severity: "info",
      message:
        "BETWEEN takes in $2 itself: if that is a date, the rest of its day is left out of orders.created_at, and if the next range starts there, its rows count twice.",
      fix: null,
    },
    {
      sql: "select id from orders where created_at between '2024-01-01' and '2024-01-31 23:59:59'",
      severity: "info",
      message: "BETWEEN leaves out the rows of orders.created_at between '2024-01-31 23:59:59' and midnight.",
      fix: null,
    },
    { sql: "select id from orders where whole between '2024-01-01' and '2024-01-31 23:59'", severity: "info" },
    { sql: "select id from orders where local between '2024-01-01' and '2024-01-31T23:59:59.999'", severity: "info" },
    { sql: "delete from orders where created_at between '2023-01-01' and '2023-12-31'", severity: "warning" },
  ],
  good: [
    "select id from orders where created_at >= '2024-01-01' and created_at < '2024-02-01'",
    "select id from orders where due between '2024-01-01' and '2024-01-31'",
    "select id from orders where due between $1 and $2",
    "select id from orders where total between 1 and 2",
    "select id from orders where created_at between now() - interval '7 days' and now()",
    "select id from orders where created_at between '2024-01-01' and now()",
    "select id from orders where created_at between $1 and now()",
    "select id from orders where created_at between '2024-01-01 08:00' and '2024-01-01 17:30'",
    "select id from orders where created_at between '2024-01-01 08:00' and '2024-01-02'",
    "select id from orders where whole between '2024-01-01' and '2024-01-31 23:59:59'",
    "select id from orders where milli between '2024-01-01' and '2024-01-31 23:59:59.999+01'",
    "select id from orders where local between '2024-01-01' and '2024-01-31 23:59:59.999999'",
    "select id from orders where created_at::date between '2024-01-01' and '2024-01-31'",
    "select id from orders where '2024-01-15' between created_at and local",
    "select id from orders where opened between '2024-01-01' and '2024-01-31'",
    "select a.id from orders a join orders b on a.created_at between b.local and b.created_at",
  ],
  unknown: {
    bad: [
      {
        sql: "select id from orders where created_at between '2024-01-01' and '2024-01-31'",
        severity: "info",
        message:
          "If orders.created_at is a timestamp, BETWEEN ends with the first moment of '2024-01-31': the rest of that day is left out, and a row of that moment also belongs to a range that starts there.",
        fix: null,
      },
    ],
    good: [
      "select id from orders where due between '2024-01-01' and '2024-01-31'",
      "select id from orders where created_at between $1 and $2",
    ],
  },
});

test("BETWEEN dates takes the first moment of the last day and nothing else of it", async () => {
  const { rows } = await database.query<{ at: string }>(`
    select at::text from (values (timestamp '2024-01-30 23:00'), ('2024-01-31 00:00'), ('2024-01-31 00:00:00.000001'), ('2024-01-31 12:00')) as t (at)
     where at between '2024-01-01' and '2024-01-31'`);
  expect(rows.map(({ at }) => at)).toEqual(["2024-01-30 23:00:00", "2024-01-31 00:00:00"]);
});
