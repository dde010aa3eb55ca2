import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Table } from "../../src/catalog/tables.ts";
import { type Unused, whyNotUsed } from "../../src/indexes/passed-over/why-not-used.ts";
import { type Plan, parsePlan } from "../../src/plan/plan.ts";
import { parseWithPlaceholders } from "../../src/sql/placeholders.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { keptSession, wholeCatalog } from "../twin/twin.ts";

const schema = `
create table orders (
  id int primary key, customer int not null, status text not null, placed timestamptz not null, total numeric not null, code text not null,
  email text not null, tags text[] not null, nick text collate "und-x-icu" not null, weight int, note text not null
);
insert into orders
select i, i * 7919 % 5000, case when i % 10 > 0 then 'paid' when i % 200 = 0 then 'lost' else 'open' end, timestamptz '2024-01-01Z' + i * 7919 % 60000 * interval '10 minutes', i % 900,
       'c' || i, 'P' || i || '@mail', array['t' || i % 300], 'Name ' || i, i % 40, repeat('x', 60)
  from generate_series(1, 60000) i;
create index orders_status_idx on orders (status);
create index orders_placed_idx on orders (placed);
create index orders_code_idx on orders (code);
create index orders_email_idx on orders (email);
create index orders_tags_idx on orders (tags);
create index orders_nick_idx on orders (nick);
create index orders_total_idx on orders using hash (total);
create index orders_customer_total_idx on orders (customer, total);
create index orders_open_idx on orders (customer) where status = 'open';
create index orders_customer_idx on orders (customer);
create index orders_weight_idx on orders (weight);
create table lines (id int primary key, order_id int not null, amount int not null);
insert into lines select i, i % 60000 + 1, i % 7 from generate_series(1, 60000) i;
create index lines_order_id_idx on lines (order_id);
create index lines_amount_order_id_idx on lines (amount, order_id);
create table days (at date not null, item int not null) partition by range (at);
create table days_1 partition of days for values from ('2025-01-01') to ('2025-07-01');
create table days_2 partition of days for values from ('2025-07-01') to ('2026-01-01');
insert into days select date '2025-01-01' + i % 360, i % 20 from generate_series(1, 20000) i;
create index days_item_idx on days (item);
create index days_2_at_idx on days_2 (at);
create view grown as select * from orders where total >= 0;
create table broken (id int, name text);
insert into broken select i, 'n' || i / 2 from generate_series(1, 9) i;
create table wide (k int, pad text);
insert into wide select i * 7919 % 100000, repeat('x', 700) from generate_series(1, 100000) i;
create index wide_k_idx on wide (k);
select pg_stat_force_next_flush();
vacuum analyze;
create index orders_upper_idx on orders (upper(note));
`;

let catalog: Catalog;
let session: Session;
let client: pg.Client;

beforeAll(async () => {
  const { url } = await freshDatabase(18);
  client = new pg.Client(url);
  await client.connect();
  for (const statement of schema.split(/;\n/).filter((part) => part.trim() !== "")) await client.query(statement);
  await client.query("create unique index concurrently broken_name_idx on broken (name)").catch(() => undefined);
  catalog = await wholeCatalog(url);
  session = await keptSession(catalog);
}, 60_000);

afterAll(() => client.end());

async function unused(sql: string, of = catalog): Promise<readonly Unused[]> {
  const [statement] = await parseWithPlaceholders(sql);
  if (!statement) throw new Error("no statement");
  return whyNotUsed({
    session,
    searchPath: of.settings.searchPath,
    tables: of.tables,
    find: ({ schema: wanted = "public", name }): Table | undefined =>
      of.tables.find((table) => table.schema === wanted && table.name === name),
    statement,
  });
}

async function told(sql: string, name: string, of = catalog): Promise<Unused> {
  const found = (await unused(sql, of)).find(({ index }) => index.name === name);
  if (!found) throw new Error(`${name} is read`);
  return found;
}

interface Case {
  readonly sql: string;
  readonly index: string;
  readonly why: Unused["why"];
  readonly reason: string;
  /** The caller's own words that are to blame. */
  readonly clause?: string;
}

const SCAN = "the planner can read it, but a sequential scan of orders is cheaper";

/** Named after what keeps the statement from the index. */
const cases: Readonly<Record<string, Case>> = {
  "a function on the column": {
    sql: "select * from orders o where o.id > 7 and lower(o.email) = 'p7@mail'",
    index: "orders_email_idx",
    why: "cannot serve",
    reason: "the statement's condition is on lower(email), and the index is on email",
    clause: "lower(o.email) = 'p7@mail'",
  },
  "a value of another type": {
    sql: "select * from orders where note <> '' and id = 77.5",
    index: "orders_pkey",
    why: "cannot serve",
    reason: "the column is cast in id::numeric, because of the type of what it is compared with: pass a value of type integer",
    clause: "id = 77.5",
  },
  "a cast that the statement says": {
    sql: "select * from lines where order_id::text = :order",
    index: "lines_order_id_idx",
    why: "cannot serve",
    reason: "the statement casts the column, order_id::text: compare it with a value of type integer instead",
    clause: "order_id::text = :order",
  },
  "a collation": {
    sql: `select * from orders where code > 'c9999' collate "POSIX"`,
    index: "orders_code_idx",
    why: "cannot serve",
    reason: 'the statement compares by the collation "POSIX", and the index is sorted by another',
    clause: `code > 'c9999' collate "POSIX"`,
  },
  "an operator class": {
    sql: "select * from orders where nick like 'Name 7%'",
    index: "orders_nick_idx",
    why: "cannot serve",
    reason: "LIKE is served by a B-tree with text_pattern_ops, since the column is not sorted by bytes",
    clause: "nick like 'Name 7%'",
  },
  "a range for a hash index": {
    sql: "select * from orders where weight > 3 and total > 890",
    index: "orders_total_idx",
    why: "cannot serve",
    reason: "a hash index does not serve > here, a B-tree does",
    clause: "total > 890",
  },
  "a B-tree for what an array contains": {
    sql: "select * from orders where 't7' = any (tags)",
    index: "orders_tags_idx",
    why: "cannot serve",
    reason: "'t7' = any (tags) is served by no index; GIN serves tags @> array['t7']::text[]",
    clause: "'t7' = any (tags)",
  },
  "a predicate that a parameter may miss": {
    sql: "select * from orders where customer = @customer and status = @status",
    index: "orders_open_idx",
    why: "cannot serve",
    reason:
      "its predicate, status = 'open'::text, does not follow from the statement's conditions: status is compared with a parameter, which may be anything",
    clause: "customer = @customer",
  },
  "an order that is neither its own nor the reverse": {
    sql: "select * from orders order by weight desc nulls last limit 5",
    index: "orders_weight_idx",
    why: "cannot serve",
    reason: "the statement sorts by weight desc nulls last, which is neither the order of the index nor its reverse",
    clause: "weight",
  },
  "an index that was never finished": {
    sql: "select * from broken where name = 'n7'",
    index: "broken_name_idx",
    why: "cannot serve",
    reason:
      "it is not valid, and the planner does not look at it: a CREATE INDEX CONCURRENTLY that failed, or is not done, left it so: reindex index concurrently broken_name_idx;",
    clause: "name = 'n7'",
  },
  "a value that most rows have": {
    sql: "select * from orders where status = 'paid'",
    index: "orders_status_idx",
    why: "costs more",
    reason: SCAN,
    clause: "status = 'paid'",
  },
  "keys in another order": {
    sql: "select * from orders where total > 890",
    index: "orders_customer_total_idx",
    why: "costs more",
    reason: `${SCAN}: nothing is asked of its first key, customer, and with its keys as (total, customer) it would be read`,
    clause: "total > 890",
  },
  "an index that is there and better": {
    sql: "select * from lines where order_id = 7 and amount > 3",
    index: "lines_amount_order_id_idx",
    why: "costs more",
    reason: "the planner can read it, but lines_order_id_idx is cheaper",
    clause: "amount > 3",
  },
  "an index that is there and as good": {
    sql: "select * from orders where customer = 7",
    index: "orders_customer_idx",
    why: "not needed",
    reason: "orders_customer_total_idx is read, and does as well",
    clause: "customer = 7",
  },
  "a join of most rows": {
    sql: "select * from orders join lines on lines.order_id = orders.id where orders.status = 'open'",
    index: "lines_order_id_idx",
    why: "costs more",
    reason: "the planner can read it, but a sequential scan of lines is cheaper",
    clause: "lines.order_id = orders.id",
  },
  "most rows of a partitioned table": {
    sql: "select * from days where item > 3",
    index: "days_item_idx",
    why: "costs more",
    reason: "the planner can read it, but a sequential scan of days is cheaper",
    clause: "item > 3",
  },
  "a partition that is not read": {
    sql: "select * from days where at = '2025-01-07'",
    index: "days_2_at_idx",
    why: "not needed",
    reason: "the plan reads nothing of days_2",
    clause: "at = '2025-01-07'",
  },
  "what a view says": {
    sql: "select * from grown where weight > 3",
    index: "orders_total_idx",
    why: "cannot serve",
    reason: "a hash index does not serve >= here, a B-tree does",
  },
};

test.each(Object.entries(cases))("an existing index is not read, and told why: %s", async (_, { sql, index, why, reason, clause }) => {
  const found = await told(sql, index);
  expect({ why: found.why, reason: found.reason, clause: found.clause?.text }).toEqual({ why, reason, clause });
  if (found.clause) expect(sql.slice(found.clause.span.start, found.clause.span.end)).toBe(clause);
});

test.each([
  ["select * from orders where code = 'c7'", "an index that is read"],
  ["select * from broken where id = 3", "a column that no index is on"],
  ["select status from orders", "a column that is only returned"],
])("nothing is told of %s: %s", async (sql) => {
  expect(await unused(sql)).toEqual([]);
});

/** The indexes that are not named are not there for this real server. */
async function planOf(sql: string, { only, settings = [] }: { only?: string; settings?: readonly string[] } = {}): Promise<Plan> {
  await client.query("begin");
  for (const setting of settings) await client.query(`set local ${setting}`);
  if (only !== undefined)
    await client.query(
      `update pg_index set indisvalid = false where indexrelid <> $1::regclass and indrelid = (select indrelid from pg_index where indexrelid = $1::regclass)`,
      [only],
    );
  const { rows } = await client.query(`explain (verbose, format json) ${sql}`);
  await client.query("rollback");
  return parsePlan(rows[0]["QUERY PLAN"]);
}

const reads = ({ nodes }: Plan, index: string) => nodes.some((node) => node.index === index);

const unable = Object.entries(cases).filter(([, { why, sql }]) => why === "cannot serve" && !/[:@]\w/.test(sql.replaceAll("::", "")));
const NOTHING_ELSE = ["seqscan", "sort", "hashjoin", "mergejoin"].map((way) => `enable_${way} = off`);

test.each(unable)("a real server cannot read it either, though there is little else: %s", async (_, { sql, index }) => {
  const { nodes } = await planOf(sql, { only: index, settings: NOTHING_ELSE });
  expect(nodes.some((node) => node.index === index && node.indexCond !== undefined)).toBe(false);
  if (/order by/.test(sql)) expect(nodes.some(({ type }) => type === "Sort")).toBe(true);
});

test.each(["a value that most rows have", "keys in another order", "an index that is there and better"])(
  "a real server expects of both plans what the twin does: %s",
  async (name) => {
    const { sql, index } = cases[name] ?? { sql: "", index: "" };
    const { costs } = await told(sql, index);
    const forced = await planOf(sql, { only: index, settings: ["enable_seqscan = off"] });
    expect(reads(forced, index)).toBe(true);
    expect((costs?.reading ?? 0) / forced.root.totalCost).toBeCloseTo(1, 1);
    expect((costs?.today ?? 0) / (await planOf(sql)).root.totalCost).toBeCloseTo(1, 1);
  },
);

const BROAD = "select * from wide where k between 100 and 70000";
const flipOf = ({ flips }: Unused, by: string) => flips.find((flip) => flip.by === by)?.text;

test("a setting that would flip it does so on a real server, and not a tenth above", async () => {
  const sql = "select * from orders where total > 890";
  const text = flipOf(await told(sql, "orders_customer_total_idx"), "setting");
  const [, tenths] = /^with random_page_cost = (\d\.?\d?) or less \(4 now\)$/.exec(text ?? "") ?? [];
  const at = async (cost: number) => reads(await planOf(sql, { settings: [`random_page_cost = ${cost}`] }), "orders_customer_total_idx");
  expect([await at(Number(tenths)), await at(Number(tenths) + 0.1)]).toEqual([true, false]);
});

test("more cache would flip what is looked up again and again, as on a real server", async () => {
  const sql = "select * from lines join wide on wide.k = lines.amount + lines.id where lines.amount = 3";
  await session.run(["set local effective_cache_size = '16MB'"]);
  const { flips } = await told(sql, "wide_k_idx");
  await session.run(["set local effective_cache_size = '4GB'"]);
  const [, size = ""] = /^with effective_cache_size = (\d+MB) \(16MB now\)$/.exec(flips.at(-1)?.text ?? "") ?? [];
  const at = async (cache: string) => reads(await planOf(sql, { settings: [`effective_cache_size = '${cache}'`] }), "wide_k_idx");
  expect([await at(size), await at("16MB")]).toEqual([true, false]);
});

test("rows stored in the order of the index would flip it, as they do on a real server", async () => {
  const found = await told(BROAD, "wide_k_idx");
  expect(flipOf(found, "correlation")).toMatch(
    /^with the rows stored in the order of k \(correlation 1, -?0(\.\d+)? now\), as CLUSTER leaves them$/,
  );
  await client.query("create table sorted as select * from wide order by k; create index sorted_k_idx on sorted (k); analyze sorted");
  expect(reads(await planOf(BROAD.replace("wide", "sorted")), "sorted_k_idx")).toBe(true);
  expect(reads(await planOf(BROAD), "wide_k_idx")).toBe(false);
});

test("so few rows would flip it, as they do on a real server, and a value is never told", async () => {
  const found = await told(BROAD, "wide_k_idx");
  const [, rows = ""] = /^where it finds about ([\d,]+) of 100,000 rows or fewer$/.exec(flipOf(found, "selectivity") ?? "") ?? [];
  const most = Number(rows.replaceAll(",", ""));
  const at = async (count: number) => reads(await planOf(`select * from wide where k between 0 and ${count}`), "wide_k_idx");
  expect([await at(most - 500), await at(most + 2_000)]).toEqual([true, false]);
  const status = await told("select * from orders where status = 'paid'", "orders_status_idx");
  expect(JSON.stringify(status.flips)).not.toMatch(/lost|open/);
});

test("stale and missing statistics are told beside the costs", async () => {
  const changed = { ...catalog, tables: catalog.tables.map((table) => ({ ...table, usage: { ...table.usage, changedRows: 30_000 } })) };
  expect((await told("select * from orders where status = 'paid'", "orders_status_idx", changed)).notes).toEqual([
    "30,000 rows of orders changed since it was analyzed: analyze orders;",
  ]);
  expect((await told("select * from orders where upper(note) is not null", "orders_upper_idx")).notes).toEqual([
    "nothing is known of the values of upper(note): analyze orders;",
  ]);
});

test("the twin is left as it was", async () => {
  const state = () =>
    session.read(
      `select array(select relname::text from pg_class order by 1)::text as relations, array(select name || setting from pg_settings order by 1)::text as settings,
              array(select tablename || attname || correlation from pg_stats where schemaname = 'public' order by 1)::text as statistics`,
    );
  const before = await state();
  await unused(BROAD);
  await unused("select * from orders where total > 890 and lower(email) = 'x'");
  expect(await state()).toEqual(before);
});
