import pg from "pg";
import { expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";
import { liveShop } from "./shop.ts";

const shop = await liveShop(18);

interface Told {
  readonly plan: { readonly total_cost: number };
  readonly examined: { readonly skipped: readonly string[] };
  readonly rewrites: readonly {
    readonly sql: string;
    readonly cost_before: number;
    readonly cost_after: number;
    readonly same_rows: number;
    readonly data_sets: number;
  }[];
  readonly indexes: readonly {
    readonly sql: string;
    readonly table: string;
    readonly cost_before: number;
    readonly cost_after: number;
    readonly plan_changes: readonly string[];
    readonly plan_after?: string;
  }[];
  readonly unused_indexes?: readonly { readonly name: string; readonly why: string }[];
}

async function ask(sql: string, given: Readonly<Record<string, unknown>> = {}) {
  const answer = await (await connectOnce(shop.url)).callTool({ name: "analyze_query", arguments: { sql, ...given } });
  return { text: textOf(answer), told: answer.structuredContent as unknown as Told };
}

/** What the server itself plans once the indexes are there, which are taken back again. */
async function costWith(indexes: readonly { readonly sql: string; readonly table: string }[], sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: shop.url });
  await client.connect();
  await client.query("begin; set local default_statistics_target = 1000");
  for (const index of indexes) await client.query(`${index.sql.replace("concurrently ", "")} analyze ${index.table}`);
  const { rows } = await client.query<{ "QUERY PLAN": readonly { Plan: { "Total Cost": number } }[] }>(`explain (format json) ${sql}`);
  await client.query("rollback");
  await client.end();
  return rows[0]?.["QUERY PLAN"][0]?.Plan["Total Cost"] ?? Number.NaN;
}

test.each([
  "select c.name, o.id, i.line from customers c join orders o on o.customer_id = c.id join order_items i on i.order_id = o.id where c.email = 'Customer77@example.fr'",
  "select id, total from orders where status = 'pending'",
  "select id, name from customers where lower(email) = 'customer77@example.fr'",
  "delete from orders where customer_id = 5",
  "select max(total) from orders",
])("indexes that would help cost what the server then plans: %s", async (sql) => {
  const { told } = await ask(sql);
  const [first] = told.indexes;
  expect(first?.cost_before).toBeCloseTo(await costWith([], sql), 0);
  const real = await costWith(told.indexes, sql);
  expect(Math.abs((first?.cost_after ?? 0) - real)).toBeLessThan(Math.max(1, 0.05 * real));
  expect(first?.plan_changes.join()).toMatch(/ -> Index|-> Bitmap|new: .*Index/);
});

test.each([
  ["select id, name from customers where email = 'x@example.fr'", "indexes and rewrites: a plan that costs under 100 has little to gain"],
  [
    "select c.country, sum(o.total) from customers c join orders o on o.customer_id = c.id group by c.country",
    "indexes: no table is read for much more than the plan needs of it",
  ],
])("none is looked for where none could pay, which is told: %s", async (sql, why) => {
  const { told } = await ask(sql);
  expect(told.indexes).toEqual([]);
  expect(told.examined.skipped).toContain(why);
});

test("in detail the best of all indexes, the plan with them, and why those that are there are not read", async () => {
  const { told, text } = await ask("select id from orders where lower(note) = 'x' and created_at > '2024-01-01'", {
    response_format: "detailed",
  });
  expect(told.indexes[0]?.plan_after).toContain("Index");
  expect(told.unused_indexes).toContainEqual(expect.objectContaining({ name: "orders_created_at_idx", why: "costs more" }));
  expect(text).toContain("Indexes not read:");
});

test("another text is told with its costs and how it was compared", async () => {
  const sql = "select c.name, (select max(o.created_at) from orders o where o.customer_id = c.id) from customers c where c.country = 'BE'";
  const { told, text } = await ask(sql);
  const [rewrite] = told.rewrites;
  expect(rewrite?.same_rows).toBe(rewrite?.data_sets);
  expect(rewrite?.cost_before).toBeCloseTo(told.plan.total_cost, 0);
  expect(await costWith([], rewrite?.sql ?? "")).toBeLessThan((rewrite?.cost_before ?? 0) / 2);
  expect(text).toMatch(/same rows in \d+ of \d+ generated data sets/);
});

test("the caller's own index is tried", async () => {
  const { text } = await ask("select id from orders where status = 'pending'", { try: ["create index on orders (status)"] });
  expect(text).toMatch(/TRIED 1: .*\ncreate index on orders \(status\)\n {3}about .*; used for #1/);
});
