import type { Client } from "@modelcontextprotocol/client";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { connect } from "./client.ts";

const schema = `
  create table customers (id bigint primary key, email text not null, country text);
  create table orders (id bigint primary key, customer_id bigint not null references customers, status text not null);
  create table notes (id bigint primary key, body text);
  insert into customers select i, 'c' || i, 'DE' from generate_series(1, 2000) i;
  insert into orders select i, 1 + i % 2000, case when i % 100 = 0 then 'open' else 'done' end from generate_series(1, 50000) i;
  insert into notes select i, repeat('x', 100) from generate_series(1, 3000) i;
  analyze`;

interface Answer {
  readonly plan?: { readonly tree: string; readonly total_cost: number; readonly rows: number };
  readonly limits: readonly string[];
  readonly examined: unknown;
}

async function shop(version: Version) {
  const { url } = await freshDatabase(version, schema);
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  onTestFinished(() => owner.end());
  return { url, owner };
}

async function analyze(client: Client, sql: string): Promise<Answer> {
  const { structuredContent, content } = await client.callTool({ name: "analyze_query", arguments: { sql } });
  expect(structuredContent, JSON.stringify(content)).toBeDefined();
  return structuredContent as unknown as Answer;
}

const open = "select * from orders where status = 'open'";

/** What changes in the database, what the next question must see of it, and the first version of which that is true. */
type Change = readonly [what: string, change: string, sql: string, seen: (answer: Answer, before: Answer) => void, since?: Version];

const changes: readonly Change[] = [
  ["an index", "create index orders_status_idx on orders (status)", open, ({ plan }) => expect(plan?.tree).toContain("orders_status_idx")],
  ["statistics", "update orders set status = 'open'; analyze orders", open, ({ plan }) => expect(plan?.rows).toBeGreaterThan(49_000)],
  [
    "a table that grew and was not analysed since",
    "insert into orders select i, 1, 'done' from generate_series(50001, 150000) i",
    "select * from orders",
    ({ plan }, before) => expect((plan?.rows ?? 0) / (before.plan?.rows ?? 1)).toBeGreaterThan(1.9),
  ],
  [
    "a column",
    "alter table orders add column paid boolean not null default false",
    "select * from orders where id = 7",
    ({ plan }) => expect(plan?.rows).toBe(1),
  ],
  [
    "NOT NULL",
    "alter table customers alter column country set not null",
    "select id from customers where country is null",
    ({ plan }, before) => expect(plan?.tree).not.toBe(before.plan?.tree),
    18,
  ],
  [
    "a setting of the database",
    "do $$ begin execute format('alter database %I set enable_seqscan = off', current_database()); end $$; select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    "select * from orders where id between 1 and 40000",
    ({ plan }) => expect(plan?.tree).toContain("Index Scan"),
  ],
  [
    "a table of another question, dropped",
    "drop table notes",
    "select * from orders",
    ({ plan }, before) => expect(plan).toEqual(before.plan),
  ],
];

describe.each([15, 18] as const)("on PostgreSQL %i", (version) => {
  test("the next question sees every change of the database", async () => {
    const { url, owner } = await shop(version);
    const client = await connect({ environment: { DATABASE_URL: url } });
    await analyze(client, "select * from notes");
    for (const [what, change, sql, seen] of changes.filter(([, , , , since = 15]) => version >= since)) {
      const before = await analyze(client, sql);
      await owner.query(change);
      const after = await analyze(client, sql);
      expect.soft(() => seen(after, before), what).not.toThrow();
    }
  });

  test("an answer is the same whatever was asked before it", async () => {
    const { url } = await shop(version);
    const sqls = [
      "select * from notes where id = 1",
      open,
      "select * from orders o join customers c on c.id = o.customer_id where c.email = 'c7'",
    ];
    const client = await connect({ environment: { DATABASE_URL: url } });
    const together = [];
    for (const sql of [...sqls, ...sqls]) together.push(await analyze(client, sql));
    for (const [place, sql] of sqls.entries()) {
      const alone = await analyze(await connect({ environment: { DATABASE_URL: url } }), sql);
      expect([together[place], together[place + sqls.length]]).toEqual([alone, alone]);
    }
  });
});
