import pg from "pg";
import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/heap-fetches.ts";
import { run } from "../../../src/rules/rule.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select count(id) from customers where id > 0";
const settings = { enable_seqscan: "off", enable_bitmapscan: "off" };
/** A table that no VACUUM has seen. */
const fresh = [
  "create temporary table customers as select * from public.customers",
  "create index customers_idx on customers (id)",
  "analyze customers",
];

testPlanRule(rule, {
  bad: {
    "a table that no VACUUM has seen": {
      sql,
      settings,
      setup: fresh,
      analyze: true,
      says: /^Index Only Scan using customers_idx on customers goes to the table 5,000 times for 5,000 rows, because VACUUM has not marked the pages of these rows as all-visible\.$/,
    },
    "look-ups of an inner side, all together": {
      sql: "select * from (select 1 + n % 5000 as id from generate_series(1, 2000) n) a join customers c using (id)".replace("*", "c.id"),
      settings: { ...settings, enable_hashjoin: "off", enable_mergejoin: "off", enable_memoize: "off" },
      setup: fresh,
      analyze: true,
      version: 15,
      says: /goes to the table 2,000 times for 2,000 rows/,
    },
  },
  good: {
    "a table that was vacuumed": { sql, settings, analyze: true },
    "a plan that was not run": { sql, settings, setup: fresh },
    "few rows": { sql: "select id from customers where id <= 500", settings, setup: fresh, analyze: true },
    "a few pages that changed since": {
      sql,
      settings: { ...settings, enable_indexscan: "on" },
      setup: ["delete from customers where id <= 100"],
      analyze: true,
    },
    "an index scan, which goes to the table by nature": {
      sql: "select name from customers where id > 0",
      settings,
      setup: fresh,
      analyze: true,
    },
  },
});

test("vacuum, as plan/heap-fetches says, ends the visits", async () => {
  const { url } = await freshDatabase(
    18,
    "set synchronous_commit = on; create table stock as select n as id from generate_series(1, 5000) n; create index on stock (id); analyze stock",
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const findings = async () => {
    const { rows } = await client.query("explain (analyze, format json) select id from stock where id > 0 order by id");
    return run([rule], parsePlan(rows[0]["QUERY PLAN"]), undefined);
  };
  await client.query("set enable_seqscan = off; set enable_bitmapscan = off");
  const [finding] = await findings();
  expect(finding?.fix).toBe("vacuum stock;");
  await client.query(finding?.fix ?? "");
  expect(await findings()).toEqual([]);
  await client.end();
});
