import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "./postgres/fresh-database.ts";

const versions = [15, 18] as const;

const schema = `
  create table orders (id int primary key, customer int not null);
  create table elsewhere (id int primary key);
  insert into orders select i, i from generate_series(1, 100) i;
  create index orders_customer on orders (customer);
  create table parted (k int) partition by range (k);
  create table parted0 partition of parted for values from (0) to (10);
  create materialized view latest as select * from orders;
  create unique index latest_id on latest (id)`;

const urls = new Map<number, string>();
const opened: pg.Client[] = [];

beforeAll(async () => {
  for (const version of versions) urls.set(version, (await freshDatabase(version, schema)).url);
});
afterAll(async () => {
  for (const client of opened) await client.end();
});

async function session(version: number): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urls.get(version) });
  await client.connect();
  opened.push(client);
  return client;
}

interface Meeting {
  /** What somebody else has done in a transaction that is still open. */
  readonly held: string;
  readonly sql: string;
  /** What the statement waits for: a mode of its table, or the end of a transaction. Nothing: it runs through. */
  readonly waits?: string;
  /** What others do meanwhile, while it waits, without waiting themselves. */
  readonly others?: readonly string[];
  /** What others wait for, because it waits. */
  readonly queued?: readonly string[];
}

const snapshot = "begin isolation level repeatable read; select count(*) from elsewhere";
const end = "virtualxid ShareLock";

const meetings: readonly Meeting[] = [
  {
    held: "lock table orders in row exclusive mode",
    sql: "create unique index concurrently orders_twice on orders (customer)",
    waits: end,
  },
  {
    held: snapshot,
    sql: "create index concurrently orders_twice on orders (customer)",
    waits: end,
    others: ["update orders set customer = customer where id = 1", "select * from orders", "insert into elsewhere values (1)"],
  },
  {
    held: snapshot,
    sql: "create unique index concurrently orders_twice on orders (customer)",
    waits: end,
    others: ["update orders set customer = customer where id = 1"],
  },
  { held: snapshot, sql: "reindex index concurrently orders_customer", waits: end },
  { held: snapshot, sql: "drop index concurrently orders_customer" },
  { held: snapshot, sql: "alter table parted detach partition parted0 concurrently" },
  { held: snapshot, sql: "create index orders_twice on orders (customer)" },
  {
    held: "select * from orders",
    sql: "drop index concurrently orders_customer",
    waits: end,
    others: ["insert into orders values (1001, 1)"],
  },
  {
    held: "select * from orders",
    sql: "alter table orders add column note text",
    waits: "orders AccessExclusiveLock",
    queued: ["select * from orders"],
  },
  { held: "select * from latest", sql: "refresh materialized view concurrently latest" },
  {
    held: "select * from latest",
    sql: "refresh materialized view latest",
    waits: "latest AccessExclusiveLock",
    queued: ["select * from latest"],
  },
  {
    held: "refresh materialized view concurrently latest",
    sql: "refresh materialized view concurrently latest",
    waits: "latest ExclusiveLock",
    others: ["select * from latest"],
  },
];

const waiting = `
  select case when l.locktype = 'relation' then l.relation::regclass::text else l.locktype end || ' ' || l.mode as what
    from pg_locks l where l.pid = $1 and not l.granted`;

/** What the process waits for, once it does; undefined when it is done. */
async function waitOf(looks: pg.Client, pid: number, isDone: () => boolean): Promise<string | undefined> {
  for (;;) {
    const { rows } = await looks.query<{ what: string }>(waiting, [pid]);
    if (rows[0]) return rows[0].what;
    if (isDone()) return undefined;
  }
}

async function started(version: number, sql: string) {
  const client = await session(version);
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  let done = false;
  const running = client.query(sql).finally(() => {
    done = true;
  });
  return { pid: rows[0]?.pid ?? 0, running, isDone: () => done };
}

const restored = `
  drop index if exists orders_twice; create index if not exists orders_customer on orders (customer);
  alter table orders drop column if exists note; delete from elsewhere; delete from orders where id > 1000;
  do $$ begin if not exists (select from pg_inherits where inhrelid = 'parted0'::regclass)
    then alter table parted attach partition parted0 for values from (0) to (10); end if; end $$`;

test.each(versions.flatMap((version) => meetings.map((meeting) => [version, meeting.sql, meeting.held, meeting] as const)))(
  "PostgreSQL %i: %s meets %s",
  async (version, _sql, _held, { held, sql, waits, others = [], queued = [] }) => {
    const [holder, looks] = [await session(version), await session(version)];
    await holder.query(held.startsWith("begin") ? held : `begin; ${held}`);
    const statement = await started(version, sql);
    expect(await waitOf(looks, statement.pid, statement.isDone)).toBe(waits);
    for (const other of others) await looks.query(other);
    const behind = [];
    for (const other of queued) {
      const late = await started(version, other);
      behind.push(late);
      expect(await waitOf(looks, late.pid, late.isDone)).toMatch(/ AccessShareLock$/);
    }
    await holder.query("commit");
    await Promise.all([statement, ...behind].map(({ running }) => running));
    await looks.query(restored);
  },
);
