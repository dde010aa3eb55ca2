import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { connectOnce, textOf } from "../tools/client.ts";

const versions: readonly Version[] = [15, 18];
const urls = new Map<Version, string>();
const ROWS = process.env.LONG === undefined ? 6_000 : 20_000;
const TIMES = 10;

const schema = `
  create table readings (id bigint primary key, sensor int not null, at timestamptz not null, value real not null, ok boolean not null);
  create index readings_at on readings (at);
  create index readings_sensor on readings (sensor);
  create index readings_sensor_at on readings (sensor, at);
  create table customers (id int primary key, token uuid not null unique, email text not null, city text, balance numeric(12, 2), note varchar(40));
  create index customers_city on customers (city);
  create index customers_email on customers (lower(email));
  create index customers_debtors on customers (balance) where balance < 100;
  create table documents (id bigint primary key, body text not null, tags jsonb not null) with (fillfactor = 80);
  alter table documents alter column body set storage external;
  create index documents_tags on documents using gin (tags);
  create table visits (id bigint not null, day date not null, path text not null, primary key (id, day)) partition by range (day);
  create table visits_1 partition of visits for values from ('2026-01-01') to ('2026-02-01');
  create table visits_2 partition of visits for values from ('2026-02-01') to ('2026-03-01');`;

/** Rows of all tables with these numbers, however many there are. */
const rowsFrom = (first: number, last: number) => `
  insert into readings select i, i * 7919 % 200, timestamptz '2026-01-01Z' + i * interval '3 s', i % 1000, i % 3 = 0 from generate_series(${first}, ${last}) i;
  insert into customers select i, md5('t' || i)::uuid, 'user' || i || '@example.com', case when i % 5 > 0 then 'city ' || i * 31 % 300 end, (i * 7919 % 100000) / 100.0,
         case when i % 3 = 0 then repeat('n', i % 40) end from generate_series(${first}, ${last}) i;
  insert into documents select i, case when i % 4 = 0 then repeat(md5(i::text), 100) else md5(i::text) end, jsonb_build_object('kind', i % 7, 'name', md5(i::text)) from generate_series(${first}, ${last}) i;
  insert into visits select i, date '2026-01-01' + i % 59, '/p/' || i % 500 from generate_series(${first}, ${last}) i;`;

beforeAll(async () => {
  for (const version of versions) {
    const { url } = await freshDatabase(version, `select setseed(0.5); ${schema} ${rowsFrom(1, ROWS)}`);
    urls.set(version, url);
    await run(version, "vacuum (analyze)");
  }
}, 240_000);

const run = (version: Version, sql: string) => inDatabase(urls.get(version) ?? "", sql);

interface Sized extends Bytes {
  readonly name: string;
}

async function inDatabase(url: string, sql: string): Promise<readonly Sized[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Sized>(sql)).rows;
  } finally {
    await client.end();
  }
}

interface Bytes {
  readonly heap: number;
  readonly indexes: number;
  readonly toast: number;
}

interface Table {
  readonly table: string;
  readonly rows: number;
  readonly bytes_per_row: number;
  readonly now: Bytes;
  readonly tenfold: Bytes;
}

async function volumeOf(url: string | undefined, asked: Record<string, unknown> = {}) {
  const client = await connectOnce(url);
  const answer = await client.callTool({ name: "review_schema", arguments: { ...asked, response_format: "detailed" } });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  const { volume, limits } = answer.structuredContent as {
    volume: { tables: readonly Table[]; total: object; ends: readonly object[] };
    limits: string[];
  };
  return { volume, limits, text: textOf(answer), of: (name: string) => volume.tables.find(({ table }) => table === name) };
}

/** What a server has without the maps of free space and visibility, partitions with their table. */
const sizesSql = `
  select r.name, sum(pg_relation_size(c.oid))::float8 as heap,
         sum((select sum(pg_relation_size(i.indexrelid)) from pg_index i where i.indrelid = c.oid))::float8 as indexes,
         sum(case when c.reltoastrelid = 0 then 0 else pg_relation_size(c.reltoastrelid) end)::float8 as toast
    from pg_class c cross join lateral (select regexp_replace(c.relname, '_\\d$', '') as name) r
   where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1`;

const realSizes = async (version: Version): Promise<ReadonlyMap<string, Bytes>> =>
  new Map((await run(version, sizesSql)).map(({ name, ...bytes }) => [name, bytes]));

const sum = ({ heap, indexes, toast }: Bytes = { heap: 0, indexes: 0, toast: 0 }) => heap + indexes + toast;

const error = (told: number, real: number) => Math.abs(told - real) / Math.max(real, 8192);
const names = ["readings", "customers", "documents", "visits"];

/** Within these shares of what the server has then: heap and TOAST, B-trees that grew with their table, and those of another kind. */
const [HEAP, TREES, OTHERS] = [0.05, 0.15, 1];

test.each(versions)(
  "what tables take with ten times their rows is told before there are as many on PostgreSQL %i",
  async (version) => {
    const told = await volumeOf(urls.get(version));
    const before = await realSizes(version);
    expect(names.map((name) => told.of(name)?.now)).toEqual(names.map((name) => before.get(name)));
    expect(told.of("readings")).toMatchObject({ rows: ROWS, bytes_per_row: Math.round(sum(before.get("readings")) / ROWS) });
    expect(told.volume.total).toMatchObject({ now: [...before.values()].reduce((all, bytes) => all + sum(bytes), 0) });
    expect(told.limits).toContainEqual(expect.stringMatching(/^customers_email, documents_tags at ten times the rows: /));

    await run(version, rowsFrom(ROWS + 1, ROWS * TIMES));
    await run(version, "vacuum (analyze)");
    const after = await realSizes(version);
    const far = names.flatMap((name) => {
      const [guess, real] = [told.of(name)?.tenfold, after.get(name)];
      if (!guess || !real) throw new Error(`${name} is missing`);
      const errors = {
        heap: error(guess.heap, real.heap),
        toast: error(guess.toast, real.toast),
        indexes: error(guess.indexes, real.indexes),
      };
      const isNear = errors.heap < HEAP && errors.toast < HEAP && errors.indexes < (name === "documents" ? OTHERS : TREES);
      return isNear ? [] : [{ name, ...errors }];
    });
    expect(far).toEqual([]);
  },
  240_000,
);

test.each(versions)(
  "a table of fixed widths is reckoned from its DDL as PostgreSQL %i stores it, and what is not known of others is said",
  async (version) => {
    const { url } = await freshDatabase(version, `${schema} ${rowsFrom(1, ROWS)}`);
    const rows = await inDatabase(url, sizesSql);
    const real = new Map(rows.map(({ name, ...bytes }) => [name, bytes]));
    const { volume, of, limits, text } = await volumeOf(undefined, {
      schema_sql: schema,
      row_counts: Object.fromEntries(names.map((name) => [name, ROWS])),
    });
    expect(volume).toMatchObject({ measured: false });
    expect(error(of("readings")?.now.heap ?? 0, real.get("readings")?.heap ?? 0)).toBeLessThan(0.01);
    expect(error(of("readings")?.tenfold.heap ?? 0, 10 * (real.get("readings")?.heap ?? 0))).toBeLessThan(0.03);
    expect(limits).toContainEqual(
      expect.stringMatching(/^how long values of text, jsonb and the like are in customers, documents, visits: /),
    );
    expect(limits).toContainEqual("the volume of customers_email, documents_tags: only B-trees over columns are reckoned");
    expect(text).toMatch(new RegExp(`- readings: ${ROWS.toLocaleString("en-US")} rows of \\d+ bytes; .* at 10x `));
  },
);

test("rows that nobody counted have no volume, and that is said", async () => {
  const { volume, limits } = await volumeOf(undefined, { schema_sql: "create table notes (id int primary key)" });
  expect(volume).toBeUndefined();
  expect(limits).toContain("sizes: pass row_counts ({ table: rows })");
});

test.each(versions)(
  "a sequence that ten times as many rows would exhaust is named on PostgreSQL %i, one with room is not",
  async (version) => {
    const { url } = await freshDatabase(
      version,
      `create table tickets (id serial primary key); create table orders (id bigserial primary key);
     insert into tickets values (default); insert into orders values (default); select setval('tickets_id_seq', 300000000), setval('orders_id_seq', 300000000); analyze`,
    );
    const { volume, text } = await volumeOf(url);
    expect(volume.ends).toEqual([
      { sequence: "tickets_id_seq", column: "tickets.id", last: 300_000_000, most: 2_147_483_647, tenfold: true },
    ]);
    expect(text).toContain(
      "tickets_id_seq (tickets.id) has given out 300,000,000 of 2,147,483,647 values, and ten times as many are more than there are",
    );
  },
);

test("a concise answer has no volume", async () => {
  const client = await connectOnce(urls.get(18));
  const answer = await client.callTool({ name: "review_schema", arguments: {} });
  expect(answer.structuredContent).not.toHaveProperty("volume");
});
