import pg from "pg";
import { expect, test } from "vitest";
import { rowCounts, schema } from "../../src/demo/shop.ts";
import type { BrokenQueries } from "../../src/tools/broken-queries.ts";
import { connectOnce, textOf } from "./client.ts";
import { liveShop } from "./shop.ts";

const shop = await liveShop(18);

async function check(url: string | undefined, given: Readonly<Record<string, unknown>>) {
  const answer = await (await connectOnce(url)).callTool({ name: "migration_checklist", arguments: { ...given } });
  const told = answer.structuredContent as { readonly verdict: string; readonly queries?: BrokenQueries };
  return { text: textOf(answer), ...told };
}

const byCustomer = "select id, total from orders where customer_id = $1 order by created_at desc";
const recent = "select id from orders where created_at > '2025-12-01Z'";

test("a query that names a renamed column fails after the migration, and blocks it", async () => {
  const { verdict, queries, text } = await check(shop.url, {
    sql: "alter table orders rename column customer_id to buyer_id",
    queries: [byCustomer, recent],
  });
  expect(verdict).toBe("block");
  expect(queries).toEqual({
    from: "queries",
    planned: 2,
    changed: [{ sql: byCustomer, verdict: "fails", refused: 'column "customer_id" does not exist', plan_changes: [] }],
    not_planned: [],
  });
  expect(text).toContain("2 queries planned against the new schema: 1 fail, 0 get dearer");
});

test("a query that loses its index gets dearer, as the server itself then plans it", async () => {
  const script = "drop index orders_created_at_idx";
  const { verdict, queries } = await check(shop.url, { sql: script, queries: [recent, byCustomer] });
  expect(verdict).toBe("review");
  const [change, ...more] = queries?.changed ?? [];
  expect(more).toEqual([]);
  expect(change).toMatchObject({ sql: recent, verdict: "dearer", plan_changes: [expect.stringContaining("-> Seq Scan on orders")] });
  const client = new pg.Client(shop.url);
  await client.connect();
  const costs: number[] = [];
  for (const before of ["select 1", script]) {
    await client.query(`begin; ${before}`);
    const { rows } = await client.query(`explain (format json) ${recent}`);
    costs.push(rows[0]["QUERY PLAN"][0].Plan["Total Cost"]);
    await client.query("rollback");
  }
  await client.end();
  expect((change?.cost_before ?? 0) / (costs[0] ?? 0)).toBeCloseTo(1, 1);
  expect((change?.cost_after ?? 0) / (costs[1] ?? 0)).toBeCloseTo(1, 1);
});

test("concurrent statements, a new column and an index that helps change nothing for the worse", async () => {
  const { verdict, queries, text } = await check(shop.url, {
    sql: "alter table orders add column channel text; create index concurrently on orders (customer_id); drop index concurrently if exists nothing_idx",
    queries: [byCustomer, recent],
  });
  expect(verdict).toBe("ok");
  expect(queries).toMatchObject({ planned: 2, changed: [] });
  expect(text).toContain("Queries given: 2 planned before and after, none fails and none gets dearer.");
});

test("a query that failed before is told as not planned, and is no break", async () => {
  const { verdict, queries } = await check(undefined, {
    schema_sql: schema,
    row_counts: rowCounts,
    sql: "alter table orders add column channel text",
    queries: ["select nothing from orders", "select 1 from missing", "sel"],
  });
  expect(verdict).toBe("ok");
  expect(queries).toMatchObject({ planned: 0, changed: [] });
  expect(queries?.not_planned.map(({ why }) => why)).toEqual([
    'column "nothing" does not exist',
    expect.stringMatching(/^There is no relation missing/),
    expect.stringMatching(/syntax error/),
  ]);
});

test("what a script runs is not run where the statistics are: no common value of a column gets into the answer", async () => {
  const spy = `create function spy() returns text language plpgsql immutable as $$ begin raise exception '%', (select most_common_vals from pg_stats where attname = 'status'); end $$;
do $$ begin perform spy(); end $$;
create view spied as select spy();`;
  const { text } = await check(shop.url, { sql: spy, queries: ["select spy(), id from orders where id = 1", recent] });
  expect(text).not.toMatch(/pending|shipped/);
});
