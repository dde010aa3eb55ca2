import { beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { queries } from "../../src/demo/shop.ts";
import { wholeCatalog } from "../twin/twin.ts";
import { adviser, written } from "./advice.ts";
import { shopWithBlog } from "./shop.ts";

let catalog: Catalog;
let advice: Awaited<ReturnType<typeof adviser>>;

beforeAll(async () => {
  catalog = await wholeCatalog((await shopWithBlog()).url);
  advice = await adviser(catalog);
}, 120_000);

/** The statement by itself gets these indexes and no other. */
async function suggests(sql: string, ...indexes: readonly string[]): Promise<void> {
  const { chosen } = await advice({ queries: [sql] });
  expect(chosen.map(({ candidate }) => written(candidate)).sort()).toEqual([...indexes].sort());
}

/** Nothing is suggested; the last word says what a candidate was refused for, where one was looked at. */
async function refuses(sql: string, ...reasons: readonly string[]): Promise<void> {
  const { chosen, refused } = await advice({ queries: [sql] });
  expect(chosen.map(({ candidate }) => written(candidate))).toEqual([]);
  expect([...new Set(refused.map(({ reason }) => reason))].sort()).toEqual([...reasons].sort());
}

test("an index on both columns beats two single ones", () =>
  suggests("select id from posts where user_id = 1 and blog_id = 2", "posts (user_id, blog_id)"));
test("a key that finds few rows is enough", () => suggests("select id from posts where slug = 'post-77'", "posts (slug)"));
test("IN is equality too", () => suggests("select id from posts where slug in ('post-77', 'post-78')", "posts (slug)"));
test("a parameter is planned without its value", () =>
  suggests("select line from order_items where product_id = $1", "order_items (product_id)"));
test("equality comes before a range", () =>
  suggests("select id from posts where published_at > '2026-02-09Z' and user_id = 7", "posts (user_id, published_at)"));
test("equality comes before the order", () =>
  suggests("select id from posts where user_id = $1 order by published_at desc limit 10", "posts (user_id, published_at)"));
test("an order that puts nulls where its direction does not is kept", () =>
  suggests(
    "select id from posts where user_id = $1 order by published_at desc nulls last limit 10",
    "posts (user_id, published_at nulls first)",
  ));
test("an order in two directions is kept", () =>
  suggests("select id, slug from posts order by published_at desc, id limit 10", "posts (published_at, id desc)"));
test("DISTINCT ON reads its order from an index", () =>
  suggests(
    "select distinct on (customer_id) customer_id, id, created_at from orders order by customer_id, created_at desc",
    "orders (customer_id, created_at desc)",
  ));
test("a row comparison pages by both keys", () =>
  suggests(
    "select id from posts where (published_at, id) > ('2026-02-09Z', 100) order by published_at, id limit 20",
    "posts (published_at, id)",
  ));
test("max() of some rows reads one end of an index", () =>
  suggests("select max(published_at) from posts where blog_id = 7", "posts (blog_id, published_at)"));
test("min() of all rows does too", () => suggests("select min(published_at) from posts", "posts (published_at)"));
test("each side of OR gets an index", () =>
  suggests("select id from posts where slug = 'post-77' or user_id = 500", "posts (slug)", "posts (user_id)"));
test("a boolean that is rarely true is a key", () => suggests("select id from posts where hidden", "posts (id) where hidden"));
test("a foreign key without an index is found from the other side", () =>
  suggests("select p.id from posts p join customers c on c.id = p.user_id where c.email = 'Customer77@example.fr'", "posts (user_id)"));
test("a correlated subquery gets an index for its join and its order", () =>
  suggests(
    "select c.name, (select max(o.created_at) from orders o where o.customer_id = c.id) from customers c where c.country = 'BE'",
    "orders (customer_id, created_at)",
  ));
test("EXISTS is looked up by its join and its filter", () =>
  suggests(
    "select c.name from customers c where c.id < 10 and exists (select from posts p where p.user_id = c.id and p.blog_id = 3)",
    "posts (user_id, blog_id)",
  ));
test("what a view and a WITH query hide is seen", async () => {
  await suggests("select * from open_orders where customer_id = 17", "orders (customer_id, status)");
  await suggests("with mine as (select * from posts where user_id = 3) select * from mine where blog_id = 4", "posts (user_id, blog_id)");
});
test("a subquery in FROM is looked into", () =>
  suggests("select * from (select blog_id, slug from posts) x where x.blog_id = 4 and x.slug > 'post-9'", "posts (blog_id, slug)"));
test("UPDATE finds its rows by an index", () =>
  suggests("update posts set hidden = true where user_id = 9 and blog_id = 9", "posts (user_id, blog_id)"));
test("DELETE finds its rows by an index", () => suggests("delete from order_items where product_id = 77", "order_items (product_id)"));
test("INSERT reads what it inserts by an index", () =>
  suggests("insert into settings select slug, body from posts where blog_id = 17", "posts (blog_id)"));
test("MERGE finds its source by an index", () =>
  suggests(
    "merge into customers c using (select user_id, slug from posts where slug = 'post-9') p on c.id = p.user_id when matched then update set name = p.slug",
    "posts (slug)",
  ));
test("the index of a partitioned table is made on the table that has the partitions", () =>
  suggests("select count(*) from events where kind = 'basket' and created_at < '2026-01-02Z'", "events (created_at)"));

test("a small table is left alone", () => refuses("select value from settings where key = 'key 3'", "one page, a scan is cheaper"));
test("a key that is there is not suggested again", () => refuses("select name from customers where id = 5", "served by customers_pkey"));
test("a unique key leaves nothing for a longer one to do", () =>
  refuses(
    "select name from customers where email = 'x' and country = 'FR'",
    "served by customers_email_key",
    "the planner does not use it",
  ));
test("an index that starts with the column serves it", () =>
  refuses("select count(*) from events where customer_id = 99", "served by events_customer_id_idx"));
test("a filter that keeps most rows needs no index", () => refuses("select id from orders where total > 5", "the planner does not use it"));
test("a wildcard in front is looked up by trigrams, a B-tree cannot serve it", async () => {
  const { chosen, refused } = await advice({ queries: ["select id from products where name like '%lamp%'"] });
  expect(chosen.map(({ candidate }) => written(candidate))).toEqual(["products using gin (name public.gin_trgm_ops)"]);
  expect(chosen[0]?.candidate.extension).toBe("pg_trgm");
  expect(refused.map(({ reason }) => reason)).not.toContain("over the budget");
});
test("a little less is not worth an index", () =>
  refuses(
    "select count(*) from events where kind = 'checkout' and customer_id = 5",
    "gain too small for any statement",
    "served by events_customer_id_idx",
    "the planner does not use it",
  ));
test("what is not equal to a value is not looked up", () =>
  refuses("select id from posts where user_id <> 3", "served by posts_pkey", "the planner does not use it"));

test("a type without an order cannot be a key, in Postgres's own words", () =>
  refuses(
    "select id from posts where spot is null",
    'Postgres refuses it: data type point has no default operator class for access method "btree"',
    "the planner does not use it",
  ));

test("one index serves several statements", async () => {
  const { chosen, refused } = await advice({
    queries: [
      "select id from posts where user_id = $1 order by published_at desc limit 10",
      "select id from posts where user_id = 7 and published_at > '2026-02-09Z'",
      "select count(*) from posts where user_id = 9",
    ],
  });
  expect(chosen.map(({ candidate, helps }) => [written(candidate), helps.map(({ number }) => number)])).toEqual([
    ["posts (user_id, published_at)", [1, 2, 3]],
  ]);
  expect(refused.find(({ candidate }) => written(candidate) === "posts (user_id)")?.reason).toBe("served by posts (user_id, published_at)");
});

test("a budget is kept, and what it leaves out is named", async () => {
  const whole = await advice({ queries });
  const bytes = whole.chosen.reduce((sum, each) => sum + each.bytes, 0);
  const half = await advice({ queries, limits: { budget: bytes / 2 } });
  expect(half.chosen.length).toBeGreaterThan(0);
  expect(half.chosen.reduce((sum, each) => sum + each.bytes, 0)).toBeLessThanOrEqual(bytes / 2);
  expect(half.refused.map(({ reason }) => reason)).toContain("over the budget");
});

test("of many, the few that save most are chosen", async () => {
  const { chosen, refused } = await advice({ queries, limits: { mostIndexes: 2 } });
  expect(new Set(chosen.map(({ candidate }) => written(candidate)))).toEqual(
    new Set(["orders (customer_id, created_at desc)", "order_items (product_id)"]),
  );
  expect(refused.map(({ reason }) => reason)).toContain("pays, but less than those chosen");
});

test("calls decide between two that cannot both be had", async () => {
  const one = "select id from posts where slug = 'post-77'";
  const other = "select id from posts where user_id = 1 and blog_id = 2";
  const first = async (calls: readonly [number, number]) => {
    const asked = [one, other].map((sql, position) => ({ sql, calls: calls[position] ?? 1 }));
    const { chosen } = await advice({ queries: asked, limits: { mostIndexes: 1 } });
    return chosen.map(({ candidate }) => written(candidate));
  };
  expect(await first([100, 1])).toEqual(["posts (slug)"]);
  expect(await first([1, 100])).toEqual(["posts (user_id, blog_id)"]);
});

test("a statement that cannot be planned is told and spoils no other", async () => {
  const { statements, chosen } = await advice({ queries: ["select nothing from posts", "select id from posts where slug = 'post-77'"] });
  expect(statements).toMatchObject([
    { number: 1, refused: { code: "42703" } },
    { number: 2, after: 8.43 },
  ]);
  expect(chosen).toHaveLength(1);
});

test("the same question has the same answer", async () => {
  // The twin numbers what it makes anew each time.
  const told = async () => JSON.stringify(await advice({ queries }), (key, value) => (key === "oid" || key === "oids" ? undefined : value));
  expect(await told()).toBe(await told());
});

test("no statement of the shop gets dearer", async () => {
  const { statements } = await advice({ queries });
  expect(statements).toHaveLength(queries.length);
  for (const statement of statements) {
    if (statement.refused) throw new Error(statement.refused.message);
    expect(statement.after).toBeLessThanOrEqual(statement.before * 1.001);
  }
});
