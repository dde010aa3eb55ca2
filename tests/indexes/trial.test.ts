import { beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { type Candidate, candidateIn, candidateOf } from "../../src/indexes/candidate.ts";
import { definitionOf } from "../../src/indexes/definition.ts";
import { createTrials, dropTrials, placeAgain, type Trial, type Trials } from "../../src/indexes/trial.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { startTwin, wholeCatalog } from "../twin/twin.ts";

const schema = `
create schema shop;
create function shop.slug(t text) returns text language sql immutable as $$ select lower(t) $$;
create table shop.goods (id int primary key, name text not null, code text not null, weight int not null, tags text[] not null, sheet json, big text, sold timestamptz not null);
insert into shop.goods
select i, 'Name ' || i, case when i % 50 = 0 then 'none' else (i % 700)::text end, (i % 90) - 3, array['a' || i % 9], '{}', repeat(md5(i::text), 40), timestamptz '2025-01-01Z' + i * interval '1 hour'
  from generate_series(1, 6000) i;
create table shop.sales (at date not null, item int not null) partition by range (at);
create table shop.sales_1 partition of shop.sales for values from ('2025-01-01') to ('2025-07-01');
create table shop.sales_2 partition of shop.sales for values from ('2025-07-01') to ('2026-01-01');
insert into shop.sales select date '2025-01-01' + i % 360, i % 77 from generate_series(1, 4000) i;
create table shop.unseen (id int, label text);
insert into shop.unseen select i, 'label ' || i from generate_series(1, 3000) i;
analyze shop.goods, shop.sales;
`;

let catalog: Catalog;
const twin = startTwin();

beforeAll(async () => {
  catalog = await wholeCatalog((await freshDatabase(18, schema)).url);
}, 60_000);

async function candidates(...statements: readonly string[]): Promise<readonly Candidate[]> {
  const found = await Promise.all(
    statements.map(async (text) => {
      const [statement] = await parseStatements(text);
      return statement && candidateIn(statement, ({ name }) => catalog.tables.find((table) => table.name === name));
    }),
  );
  return found.flatMap((candidate) => candidate ?? []);
}

const tried = <Result>(
  wanted: readonly Candidate[],
  look: (trials: Trials, session: Session) => Promise<Result> | Result,
): Promise<Result> =>
  twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    return look(await createTrials(session, { candidates: wanted, tables: catalog.tables, searchPath: ["shop"] }), session);
  });

const definitionsIn = (session: Session) =>
  session.read<{ definition: string }>(
    "select replace(pg_get_indexdef(oid), relname, 'it') as definition from pg_class where relname ~ '^backend_db_mcp' order by oid",
  );

test("an index that Postgres refuses is told with Postgres's own words", async () => {
  const wanted = await candidates(
    "create index on goods using gin (weight)",
    "create index on goods (date_trunc('day', sold))",
    "create index on goods (missing)",
    "create unique index on sales (item)",
    "create index on goods (weight)",
  );
  const { trials, refused } = await tried(wanted, (all) => all);
  expect(refused.map(({ message }) => message)).toEqual([
    'data type integer has no default operator class for access method "gin"',
    "functions in index expression must be marked IMMUTABLE",
    'column "missing" does not exist',
    "unique constraint on partitioned table must include all partitioning columns",
  ]);
  expect(trials.map(({ candidate }) => candidate)).toEqual(wanted.slice(4));
});

test("a statement and its parts make the same index", async () => {
  const [written] = await candidates(
    'create unique index concurrently if not exists some_name on only shop.goods using btree (slug(name) text_pattern_ops, weight desc nulls last) include (code) nulls not distinct with (fillfactor = 70) tablespace "fast disk" where weight > 3',
  );
  const table = written?.table;
  if (!table) throw new Error("no table");
  const definition = definitionOf(table, {
    unique: "unique nulls not distinct",
    method: "btree",
    keys: ["shop.slug(name) text_pattern_ops", "weight desc nulls last"],
    include: ["code"],
    options: ["fillfactor = 70"],
    where: "weight > 3",
  });
  const definitions = await tried([written, candidateOf(table, [], { definition })], (_, session) => definitionsIn(session));
  expect(definitions).toHaveLength(2);
  expect(definitions[0]).toEqual(definitions[1]);
  expect(definitions[0]?.definition).toBe(
    "CREATE UNIQUE INDEX it ON shop.goods USING btree (shop.slug(name) text_pattern_ops, weight DESC NULLS LAST) INCLUDE (code) NULLS NOT DISTINCT WITH (fillfactor='70') WHERE (weight > 3)",
  );
});

test("an index of a partitioned table has one in each partition, and takes as much as all of them", async () => {
  const [whole, one] = await tried(
    await candidates("create index on sales (item)", "create index on sales_1 (item)"),
    ({ trials }) => trials,
  );
  expect(whole?.names).toHaveLength(3);
  expect(whole?.bytes).toBe(2 * (one?.bytes ?? 0));
});

test("a trial is not seen by the planner where it is hidden, and nothing is left of it in the end", async () => {
  await tried(await candidates("create index on goods (weight)"), async ({ trials }, session) => {
    const sql = "select id from shop.goods where weight = 7";
    const plan = async (...hidden: readonly number[]) =>
      JSON.stringify(await session.explain({ sql, searchPath: [], generic: false, hidden }));
    const all = trials.flatMap(({ oids }) => oids);
    const before = await plan(...all);
    expect(before).not.toContain("backend_db_mcp");
    expect(await plan()).toContain("backend_db_mcp_candidate_1");
    expect(await plan(...all)).toBe(before);
    await dropTrials(session, trials);
    expect(await plan()).toBe(before);
    expect(await definitionsIn(session)).toEqual([]);
  });
});

test("what is placed again has the sizes and the plans that it had", async () => {
  const wanted = await candidates(
    "create index on sales (item)",
    "create index on goods (weight) where weight > 3",
    "create index on goods (lower(name))",
    "create index on goods using gin (tags)",
  );
  await tried(wanted, async ({ trials }, session) => {
    const plans = async () => {
      const explained = [];
      for (const where of ["goods where weight = 7", "goods where lower(name) = 'x'", "goods where tags @> '{a1}'", "sales where item = 7"])
        explained.push(await session.explain({ sql: `select from shop.${where}`, searchPath: [], generic: false }));
      return JSON.stringify(explained);
    };
    const before = await plans();
    expect(before.match(/"(backend_db_mcp_candidate_\d|sales_\d_item_idx)"/g)).toHaveLength(5);
    await dropTrials(session, trials);
    expect(await plans()).not.toBe(before);
    const again = await placeAgain(session, trials, { tables: catalog.tables, searchPath: ["shop"] });
    expect(await plans()).toBe(before);
    const bare = (all: readonly Trial[]) =>
      all.map((trial) => ({ ...trial, oids: [], sizes: trial.sizes.map((size) => ({ ...size, oid: 0 })) }));
    expect(bare(again)).toEqual(bare(trials));
    expect(bare(again).map(({ sizes }) => sizes.length)).toEqual([2, 1, 1, 1]);
  });
});

test("values that an expression fails on are left out of what is estimated", async () => {
  const wanted = await candidates("create index on goods ((1000 / weight))", "create index on goods ((nullif(code, '')::int))");
  const statistics = await tried(wanted, (_, session) =>
    session.read<{ distinct: number }>(
      "select (case when n_distinct < 0 then -n_distinct * 6000 else n_distinct end)::float8 as distinct from pg_stats where tablename ~ '^backend_db_mcp' order by tablename",
    ),
  );
  const [quotients, codes] = statistics.map(({ distinct }) => distinct);
  // Of -3 to 86, several quotients are the same; of 700 codes every fiftieth is no number.
  expect(quotients).toBeGreaterThan(40);
  expect(quotients).toBeLessThan(90);
  expect(codes).toBeGreaterThan(500);
  expect(codes).toBeLessThan(900);
});

test("an expression over a column of which nothing is known is told", async () => {
  const wanted = await candidates(
    "create index on goods ((sheet ->> 'color'))",
    "create index on goods (lower(big))",
    "create index on unseen (lower(label))",
    "create index on goods ((code || name))",
    "create index on goods (lower(name))",
    "create index on goods (weight)",
  );
  const limits = await tried(wanted, ({ trials }) => trials.map((trial) => trial.limits));
  expect(limits).toEqual([
    ["no statistics for (sheet ->> 'color'::text): the planner takes its defaults, since there are none of sheet"],
    ["no statistics for lower(big): the planner takes its defaults, since there are none of big"],
    ["no statistics for lower(label): the planner takes its defaults, since there are none of label"],
    ["(code || name) is estimated as if its columns had nothing to do with each other"],
    [],
    [],
  ]);
});
