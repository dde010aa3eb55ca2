import { expect, test } from "vitest";
import { connectOnce } from "./client.ts";

const schema_sql = `
  create table customers (id bigint primary key);
  create table orders (id bigint primary key, customer_id bigint not null, total int not null, placed timestamptz not null);
  create table events (id bigint, kind text)`;

interface Told {
  readonly statements: readonly { readonly work?: Readonly<Record<string, unknown>> }[];
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly message: string }[];
  readonly checklist: readonly { readonly item: string; readonly done: boolean | "unknown"; readonly evidence: string }[];
  readonly limits: readonly string[];
}

async function asked(sql: string, rows: Readonly<Record<string, number>> | undefined): Promise<Told> {
  const row_counts = rows && { row_counts: rows };
  const answer = await (await connectOnce(undefined)).callTool({
    name: "migration_checklist",
    arguments: { sql, schema_sql, ...row_counts },
  });
  return answer.structuredContent as unknown as Told;
}

const many = { orders: 400_000_000, customers: 1_000_000 };

async function downtime(sql: string, rows: Readonly<Record<string, number>> | undefined = many) {
  const { checklist } = await asked(sql, rows);
  const row = checklist.find(({ item }) => item === "Before: estimate the downtime");
  return { done: row?.done, evidence: row?.evidence };
}

const size = ["migration/rewrite-disk-space", "migration/toast-and-wal-estimate"];

async function sizeFindings(sql: string, rows: Readonly<Record<string, number>>) {
  const { findings } = await asked(sql, rows);
  return findings.filter(({ rule }) => size.includes(rule)).map(({ rule, severity, message }) => `${severity} ${rule}: ${message}`);
}

test("a rewrite of a large table says how much disk, WAL and time it takes", async () => {
  expect(await sizeFindings("alter table orders alter total type bigint", many)).toMatchInlineSnapshot(`
    [
      "warning migration/rewrite-disk-space: This needs about 45.7 GB more disk while it runs, and 30.8 GB of WAL come on top: what it replaces goes only when it has ended. How much is free, SQL does not tell.",
      "info migration/toast-and-wal-estimate: This reads about 59.7 GB and writes 45.7 GB and 30.8 GB of WAL: 6 min to 24 min at 100-400 MB/s.",
    ]
  `);
});

test("a build of an index says so too, with its sort on disk", async () => {
  expect(await sizeFindings("create index concurrently on orders (placed)", many)).toMatchInlineSnapshot(`
    [
      "warning migration/rewrite-disk-space: This needs about 23.2 GB more disk while it runs, and 8.3 GB of WAL come on top. How much is free, SQL does not tell.",
      "info migration/toast-and-wal-estimate: This reads about 68.1 GB and writes 23.2 GB and 8.3 GB of WAL: 4 min to 18 min at 100-400 MB/s.",
    ]
  `);
});

test("a scan needs no disk", async () => {
  expect(await sizeFindings("alter table orders add check (total >= 0)", many)).toMatchInlineSnapshot(`
    [
      "info migration/toast-and-wal-estimate: This reads about 22.4 GB: 60 s to 4 min at 100-400 MB/s.",
    ]
  `);
});

test("of a small table, a new one or one of unknown size nothing is said", async () => {
  expect(await sizeFindings("alter table orders alter total type bigint", { orders: 100_000 })).toEqual([]);
  expect(await sizeFindings("alter table orders add column note text", many)).toEqual([]);
  expect(await sizeFindings("create index on events (kind)", many)).toEqual([]);
});

test("the structured answer has the bytes and seconds of each statement", async () => {
  const { statements } = await asked("alter table orders alter total type bigint; alter table orders add note text", many);
  expect(statements.map(({ work }) => work)).toMatchInlineSnapshot(`
    [
      {
        "extra_disk_bytes": 49055195136,
        "rate": "100-400 MB/s",
        "read_bytes": 64141041664,
        "seconds": {
          "from": 365.6,
          "to": 1462.5,
        },
        "wal_bytes": 33055195136,
        "written_bytes": 49055195136,
      },
      undefined,
    ]
  `);
});

test("what nobody knows is left out, and not told as nothing", async () => {
  const { statements } = await asked("create index on events (kind); update orders set total = 1 where customer_id = 5", many);
  expect(statements.map(({ work }) => work)).toEqual([{}, {}]);
});

test("a lock is counted from the statement that takes it to the end of its transaction", async () => {
  expect(
    await downtime(`
      begin;
      alter table customers add column note text;
      create index on orders (placed);
      alter table orders add check (total > 0);
      commit;
      create index concurrently on orders (customer_id);`),
  ).toMatchInlineSnapshot(`
    {
      "done": true,
      "evidence": "customers is closed to reads and writes for 4 min - 16 min (statements 3, 4); orders is closed to writes for 4 min - 16 min (statements 3, 4) and to reads for 60 s - 4 min (statement 4), at 100-400 MB/s, once the locks are held",
    }
  `);
});

test("each statement by itself holds its own lock only", async () => {
  expect(
    await downtime(`
      alter table customers add column note text;
      create index on orders (placed);
      alter table orders add check (total > 0);`),
  ).toMatchInlineSnapshot(`
    {
      "done": true,
      "evidence": "orders is closed to writes for 4 min - 16 min (statements 2, 3) and to reads for 60 s - 4 min (statement 3), at 100-400 MB/s, once the locks are held",
    }
  `);
});

test("who changes every row keeps all writers away", async () => {
  expect(await downtime("delete from orders")).toMatchInlineSnapshot(`
    {
      "done": true,
      "evidence": "orders is closed to writes for 4 min - 16 min (statement 1), at 100-400 MB/s, once the locks are held",
    }
  `);
});

test("what lets others go on is no downtime", async () => {
  expect(await downtime("create index concurrently on orders (placed)")).toMatchInlineSnapshot(`
    {
      "done": true,
      "evidence": "no table is closed while rows are read or written (statement 1)",
    }
  `);
  expect(await downtime("alter table orders add note text")).toMatchInlineSnapshot(`
    {
      "done": true,
      "evidence": "no statement scans, rewrites or builds anything of a table that was there",
    }
  `);
});

test("where a size is not known, neither is the downtime", async () => {
  expect(await downtime("create index on events (kind)")).toMatchInlineSnapshot(`
    {
      "done": "unknown",
      "evidence": "events is closed to writes for an unknown time (statement 1)",
    }
  `);
});
