import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/partitions-not-pruned.ts";
import { run } from "../../../src/rules/rule.ts";
import { openShop } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

const months = ["01", "02", "03", "04"];
const setup = [
  "set local timezone = 'UTC'",
  'create table events (id bigint, at timestamptz, "On" date, kind varchar, n int) partition by range (at)',
  ...months.map(
    (month, at) => `create table events_2026_${month} partition of events for values from ('2026-${month}-01') to ('2026-0${at + 2}-01')`,
  ),
];
const hashed = [
  "create table buckets (id bigint, price int) partition by hash (id)",
  ...[0, 1, 2].map((rest) => `create table bucket_${"abc"[rest]} partition of buckets for values with (modulus 3, remainder ${rest})`),
];
const reads = (expression: string, column = "at") =>
  new RegExp(
    `^The plan reads 4 partitions, from events_2026_01 to events_2026_04, because pruning does not see ${column} behind ${expression}; if that is the partition key, compare ${column} itself\\.$`,
  );

testPlanRule(rule, {
  bad: {
    "a day of a partition key": { sql: "select * from events where at::date = '2026-01-05'", setup, says: reads("\\(at\\)::date") },
    "a plan that was run": {
      sql: "select count(*) from events e where date_trunc('month', at) = '2026-02-01'",
      setup,
      analyze: true,
      says: reads("date_trunc\\('month'::text, at\\)"),
    },
    "a year, under a sort of each partition": {
      sql: "select * from events where extract(year from at) = 2026 order by at limit 5",
      setup,
      says: reads("EXTRACT\\(year FROM at\\)"),
    },
    "a month as text": {
      sql: "select * from events where to_char(at, 'YYYY-MM') = '2026-01'",
      setup,
      says: reads("to_char\\(at, 'YYYY-MM'::text\\)"),
    },
    "another time zone": {
      sql: "select * from events where at at time zone 'CET' > '2026-03-01'",
      setup,
      says: reads("\\(at AT TIME ZONE 'CET'::text\\)"),
    },
    "a sum on the wrong side": {
      sql: "select * from events where at + interval '1 day' > now()",
      setup,
      says: reads("\\(at \\+ '1 day'::interval\\)"),
    },
    "an UPDATE": { sql: "update events set n = 1 where at::date = '2026-01-05'", setup, says: reads("\\(at\\)::date") },
    "a whole number compared to a numeric": {
      sql: "select * from buckets where id = 5.0",
      setup: hashed,
      says: /^The plan reads 3 partitions, from bucket_a to bucket_c, because pruning does not see id behind \(id\)::numeric; /,
    },
  },
  good: {
    "the key itself": { sql: "select * from events where at >= '2026-01-05' and at < '2026-01-06'", setup },
    "a range of the key that takes all": { sql: "select * from events where at >= '2025-01-01'", setup },
    "pruning at the start of the execution": { sql: "select * from events where at > now() - interval '1 day'", setup },
    "pruning by the key, and its day beside": {
      sql: "select * from events where at >= '2026-02-01' and at::date <> '2026-02-05'",
      setup,
    },
    "another column": { sql: "select * from events where kind = 'x'", setup },
    "no condition": { sql: "select * from events", setup },
    "every spring, which no range of the key says": { sql: "select * from events where extract(month from at) = 3", setup },
    "a whole number in a numeric range": { sql: "select * from buckets where price > 5.5", setup: hashed },
    "pruning by a value that becomes known": {
      sql: "select * from events where at = (select max(created_at) from orders)",
      setup,
      analyze: true,
    },
    "two partitions": {
      sql: "select * from pairs where at::date = '2026-01-05'",
      setup: [
        "create table pairs (at timestamptz) partition by range (at)",
        "create table pairs_old partition of pairs for values from (minvalue) to ('2026-01-01')",
        "create table pairs_new partition of pairs for values from ('2026-01-01') to (maxvalue)",
      ],
    },
    "UNION ALL of tables that are no partitions": {
      sql: ["orders", "orders", "orders"].map((name) => `select id from ${name} where created_at::date = '2026-01-05'`).join(" union all "),
      analyze: false,
    },
  },
});

test("what is known of the partition key decides", async () => {
  const explained = await (await openShop(18)).explain("verbose", "select * from events where at::date = '2026-01-05'", {}, setup);
  const said = (partitionKey: string) => {
    const relations = new Map(months.map((month) => [`public.events_2026_${month}`, { rows: 1, pages: 1, partitionKey }]));
    return run([rule], parsePlan(explained, { relations }), 18).map(({ message }) => message.split("; ")[1]);
  };
  expect(said("RANGE (at)")).toEqual(["compare at itself."]);
  expect(said("LIST (kind), RANGE (at)")).toEqual(["compare at itself."]);
  expect(said("RANGE (id)")).toEqual([]);
});
