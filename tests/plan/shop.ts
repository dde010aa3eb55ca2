import pg from "pg";
import { type Known, type Plan, parsePlan } from "../../src/plan/plan.ts";
import { copyOf } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";

/** 200,000 orders of 5,000 customers; the first 50 orders are refunded, the next 9,950 imported; 100 price bands that do not overlap. */
const shop = `
  create table customers (id bigint primary key, name text not null, country text not null);
  create table orders (
    id bigint primary key, customer_id bigint not null, status text not null, total numeric not null, note text, created_at timestamptz not null
  );
  create table bands (id int primary key, low numeric not null, high numeric not null);
  create table settings (key text primary key, value text);
  insert into customers select n, 'customer ' || n, case when n % 50 = 0 then 'fr' else 'us' end from generate_series(1, 5000) n;
  insert into orders
    select n, 1 + n % 5000, case when n <= 50 then 'refunded' when n <= 10000 then 'imported' when n % 3 = 0 then 'paid' else 'new' end, n % 997, repeat('x', 60),
           timestamptz '2026-01-01' + n * interval '1 second'
      from generate_series(1, 200000) n;
  insert into bands select n, n * 10, n * 10 + 10 from generate_series(0, 99) n;
  insert into settings select 'key ' || n, 'value' from generate_series(1, 500) n;
  create index orders_created_at_idx on orders (created_at);
  create index orders_customer_id_idx on orders (customer_id);
`;

/** A setting by name and value; a value that a test leaves out is Postgres's own. No parallel workers unless asked for. */
export type Settings = Readonly<Record<string, string>>;

/** Makes the planner share even small scans with two workers. */
export const parallel: Settings = {
  max_parallel_workers_per_gather: "2",
  parallel_setup_cost: "0",
  parallel_tuple_cost: "0",
  min_parallel_table_scan_size: "0",
};

const opened = new Map<Version, Promise<Shop>>();

/** One for all test files of a process: what a test changes in it is rolled back, and what leaves dead rows goes into tables of its own. */
export function openShop(version: Version): Promise<Shop> {
  const shop = opened.get(version) ?? copyShop(version);
  opened.set(version, shop);
  return shop;
}

async function copyShop(version: Version) {
  const { url } = await copyOf(version, { name: "plan_shop", sql: shop, inEach: "vacuum analyze customers, orders, bands, settings" });

  const rows = (options: string, sql: string, settings: Settings, setup: readonly string[]): Promise<readonly unknown[]> =>
    withClient(url, async (client) => {
      await client.query("begin; set local max_parallel_workers_per_gather = 0; set local jit = off; set local synchronize_seqscans = off");
      for (const [name, value] of Object.entries(settings)) await client.query("select set_config($1, $2, true)", [name, value]);
      for (const statement of setup) await client.query(statement);
      const { rows } = await client.query(`explain (${options}) ${sql}`);
      await client.query("rollback");
      return rows.map((row) => row["QUERY PLAN"]);
    });

  /** What a client gets from EXPLAIN (options, FORMAT JSON). */
  const explain = async (options: string, sql: string, settings: Settings = {}, setup: readonly string[] = []): Promise<unknown> =>
    (await rows(`${options}, format json`, sql, settings, setup))[0];

  /** What a client gets from EXPLAIN (options). */
  const lines = (options: string, sql: string, settings: Settings = {}) => rows(options, sql, settings, []);

  /** The sizes as the server's own catalog has them. */
  const sizes = (): Promise<NonNullable<Known["relations"]>> =>
    withClient(url, async (client) => {
      const { rows } = await client.query(
        "select relnamespace::regnamespace || '.' || relname as key, reltuples as rows, relpages as pages from pg_class where relkind = 'r'",
      );
      return new Map(rows.map(({ key, rows, pages }) => [key, { rows, pages }]));
    });

  return { version, url, explain, lines, sizes };
}

export type Shop = Awaited<ReturnType<typeof copyShop>>;

/** The statement planned, not run, with the sizes of the relations known. */
export const planned = async (shop: Shop, sql: string, settings?: Settings, setup?: readonly string[]): Promise<Plan> =>
  parsePlan(await shop.explain("costs, settings", sql, settings, setup), { relations: await shop.sizes() });

/** The statement run. */
export const analyzed = async (shop: Shop, sql: string, settings?: Settings, setup?: readonly string[]): Promise<Plan> =>
  parsePlan(await shop.explain("analyze, buffers, settings", sql, settings, setup));

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
