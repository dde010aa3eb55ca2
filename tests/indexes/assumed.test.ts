import pg from "pg";
import { expect, test } from "vitest";
import type { Table } from "../../src/catalog/tables.ts";
import { LEAST_GAIN } from "../../src/indexes/advise.ts";
import { type AssumedAdvice, adviseAssumed } from "../../src/indexes/assumed.ts";
import { type Candidate, shapeOf } from "../../src/indexes/candidate.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { fromText } from "../twin/from-text.ts";
import { startTwin, wholeCatalog } from "../twin/twin.ts";

const schema = `
create type level as enum ('low', 'middle', 'high', 'top');
create table customers (id int primary key, email text not null unique, country text not null);
create table orders (
  id bigint generated always as identity primary key, customer_id int not null references customers, status text not null check (status in ('open', 'paid', 'gone')),
  level level not null, kind text not null, created_at timestamptz not null, total numeric not null, deleted_at timestamptz, note text);
create table visits (at date not null, page int not null, visitor int not null) partition by range (at);
create table visits_1 partition of visits for values from ('2025-01-01') to ('2025-07-01');
create table visits_2 partition of visits for values from ('2025-07-01') to ('2026-01-01');
`;
const rowCounts = { customers: 50_000, orders: 1_000_000, visits: 500_000 };
const twin = startTwin();

async function advice(...queries: readonly string[]): Promise<AssumedAdvice> {
  return fromText(twin, { text: schema, rowCounts }, async ({ session, tables, assumptions }) => {
    const before = await statisticsIn(session);
    const told = await adviseAssumed({ ...(await questionOf(session, tables, queries)), assumptions });
    expect(await statisticsIn(session)).toEqual(before);
    return told;
  });
}

const statisticsIn = (session: Session) =>
  session.read(
    "select tablename::text, attname::text, inherited, null_frac, n_distinct, most_common_freqs::text, histogram_bounds::text from pg_stats where schemaname = 'public' order by 1, 2, 3",
  );

async function questionOf(session: Session, tables: readonly Table[], queries: readonly string[]) {
  const parsed = await Promise.all(queries.map((sql) => parseStatements(sql)));
  return {
    session,
    searchPath: ["public"],
    tables,
    find: ({ schema: place = "public", name }: { readonly schema?: string | undefined; readonly name: string }) =>
      tables.find((table) => table.schema === place && table.name === name),
    statements: parsed.flatMap(([statement], position) => (statement ? [{ number: position + 1, statement, weight: 1 }] : [])),
    limits: { budget: undefined, mostIndexes: 5, leastGain: LEAST_GAIN },
    progress: () => undefined,
  };
}

const written = ({ table, ...candidate }: Candidate) => `${table.name} ${shapeOf({ table, ...candidate })}`;

/** The indexes that all spreads agree on. */
const stable = async (...queries: readonly string[]) => (await advice(...queries)).chosen.map(({ candidate }) => written(candidate));

/** The columns on whose values it depends whether an index is worth it. */
async function depends(query: string, ...columns: readonly string[]): Promise<void> {
  const { chosen, depending, spreads } = await advice(query);
  expect(chosen).toEqual([]);
  expect(depending.map((each) => each.columns)).toEqual([columns]);
  expect(spreads).toBe(3);
  expect(depending[0]?.chosen).toBeGreaterThan(0);
  expect(depending[0]?.chosen).toBeLessThan(3);
}

test("an index that every spread of values calls for is kept", async () => {
  expect(await stable("select * from orders where customer_id = $1")).toEqual(["orders (customer_id)"]);
  expect(await stable("select * from orders where customer_id = $1 order by created_at desc limit 10")).toEqual([
    "orders (customer_id, created_at)",
  ]);
  expect(await stable("select at from visits where visitor = $1")).toEqual([expect.stringMatching(/^visits \(visitor/)]);
});

test("the one that is chosen first under most spreads comes first, and statements are planned with the kept ones only", async () => {
  const { chosen, depending, statements, after } = await advice(
    "select * from orders where customer_id = $1",
    "select * from orders where kind = 'a'",
    "select id from visits_1 v, customers where visitor = 7 and page = 3",
  );
  expect(chosen.map(({ candidate }) => candidate.table.name)).toContain("orders");
  expect(depending.map(({ columns }) => columns)).toContainEqual(["kind"]);
  const [, kind] = statements;
  expect(kind?.refused === undefined && kind?.after === kind?.before).toBe(true);
  expect(after).toBe(statements.reduce((sum, each) => sum + (each.refused ? 0 : each.after), 0));
  expect(chosen.flatMap(({ helps }) => helps.map(({ number }) => number))).not.toContain(2);
});

test("how many values a column has may decide", () => depends("select * from orders where kind = 'a'", "kind"));
test("how often the value of a list is there may decide", () => depends("select * from orders where status = 'open'", "status"));
test("how often a column is null may decide", () => depends("select * from orders where deleted_at is not null", "deleted_at"));
test("how much of a range there is may decide, from a constant on", () => depends("select * from orders where total > 100", "total"));
test("how much of a range there is may decide, from now on", () =>
  depends("select * from orders where created_at > now() - interval '7 days'", "created_at"));
test("how much of a range there is may decide, from a parameter on", () =>
  depends("select * from orders where total > $1::numeric", "total"));
test("how much of a range there is may decide, between two parameters", async () => {
  const { depending, chosen } = await advice("select * from orders where total between $1 and $2");
  expect([...chosen, ...depending].length).toBeGreaterThan(0);
});

test("where nothing is uncertain, one look is enough", async () => {
  const { spreads, depending } = await advice("select id from customers where email = $1");
  expect({ spreads, depending }).toEqual({ spreads: 1, depending: [] });
});

test("a deadline is kept, and told", async () => {
  const told = await fromText(twin, { text: schema, rowCounts }, async ({ session, tables, assumptions }) =>
    adviseAssumed({ ...(await questionOf(session, tables, ["select * from orders where kind = 'a'"])), assumptions, isDue: () => true }),
  );
  expect(told.spreads).toBe(1);
  expect(told.limits).toContain("there was no time to try other spreads of values");
});

test.each([15, 18] as const)("PostgreSQL %i runs the query that tells, and it shows no value of a row", async (version) => {
  const { depending } = await advice("select * from orders where kind = 'a'", "select * from orders where total > 100");
  const { url } = await freshDatabase(
    version,
    `${schema} insert into orders (customer_id, status, level, kind, created_at, total) select i, 'open', 'low', 'k' || i % 5, now(), i from customers, generate_series(1, 10) i; analyze orders`,
  );
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  expect(depending.length).toBeGreaterThan(0);
  for (const { query } of depending) {
    await client.query("begin read only");
    const { fields } = await client.query(query);
    expect(fields.map(({ name }) => name)).toEqual(["attname", "null_frac", "n_distinct", "most_common_freqs", "correlation"]);
    await client.query("commit");
  }
  await client.end();
});

test("a table whose statistics may not be read is uncertain in every column that is not unique", async () => {
  const { url } = await freshDatabase(
    18,
    "create table goods (id int, kind int not null, code int not null); insert into goods select i, i % 40, i from generate_series(1, 60000) i; create unique index on goods (code)",
  );
  const catalog = await wholeCatalog(url);
  const told = await twin.use(needsOf(catalog), async (session) => {
    await build(session, { ...catalog, statistics: [] });
    return adviseAssumed({
      ...(await questionOf(session, catalog.tables, ["select * from goods where kind = 7 and id > 3"])),
      assumptions: [],
    });
  });
  expect(told.spreads).toBe(3);
  expect(told.chosen.length + told.depending.length).toBeGreaterThan(0);
});
