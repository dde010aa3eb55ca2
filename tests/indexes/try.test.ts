import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Table } from "../../src/catalog/tables.ts";
import { readAttempts } from "../../src/indexes/attempts.ts";
import { type Tried, type TriedDrop, type TriedIndex, tryIndexes } from "../../src/indexes/try.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { keptSession, wholeCatalog } from "../twin/twin.ts";

const schema = `
create extension pg_trgm;
create table people (id int primary key, email text not null unique, name text not null, city text collate "C" not null, age int not null, state text not null, tags text[] not null, sheet jsonb not null, code text not null, born timestamptz not null, parent int, nick text collate "und-x-icu");
insert into people select i, 'p' || i || '@mail', 'Name ' || (i * 7919 % 10000), 'city ' || i % 500, i % 90, case when i % 100 = 0 then 'new' else 'old' end,
  array['t' || i % 300, 'u' || i % 7], jsonb_build_object('k' || i % 900, i, 'plan', 'p' || i % 400), 'c' || i, timestamptz '2020-01-01Z' + i * interval '1 hour', i % 4000, 'Name ' || i from generate_series(1, 20000) i;
create index people_age_city_idx on people (age, city);
create index people_code_idx on people (code);
create table notes (id int primary key, person int not null references people, code text not null, body text not null, nums int[]);
insert into notes select i, i % 20000 + 1, 'c' || i, 'body', array[i % 500] from generate_series(1, 20000) i;
create unique index notes_code_idx on notes (code);
create table tags (code text not null references notes (code), word text);
create table sales (at date not null, item int not null) partition by range (at);
create table sales_1 partition of sales for values from ('2025-01-01') to ('2025-07-01');
create table sales_2 partition of sales for values from ('2025-07-01') to ('2026-01-01');
insert into sales select date '2025-01-01' + i % 360, i % 2000 from generate_series(1, 20000) i;
create index sales_item_idx on sales (item);
create table copied (id int primary key, code text not null);
create unique index copied_code_idx on copied (code);
alter table copied replica identity using index copied_code_idx;
create view grown as select * from people where age > 17;
create table tiny (id int);
insert into tiny values (1);
analyze people, notes, tags, sales, tiny;
`;

let catalog: Catalog;
let session: Session;

beforeAll(async () => {
  catalog = await wholeCatalog((await freshDatabase(18, schema)).url);
  session = await keptSession(catalog);
}, 60_000);

async function tried(attempts: string, ...queries: readonly string[]): Promise<Tried> {
  const statements = [];
  for (const [position, sql] of queries.entries()) {
    const [statement] = await parseStatements(sql);
    if (statement) statements.push({ number: position + 1, statement, weight: 1 });
  }
  return tryIndexes({
    session,
    searchPath: catalog.settings.searchPath,
    tables: catalog.tables,
    find: ({ schema = "public", name }): Table | undefined =>
      catalog.tables.find((table) => table.schema === schema && table.name === name),
    statements,
    attempts: await readAttempts([attempts]),
    progress: () => undefined,
  });
}

async function index(attempts: string, ...queries: readonly string[]): Promise<TriedIndex> {
  const [first] = (await tried(attempts, ...queries)).attempts;
  if (first?.kind !== "create") throw new Error(first?.kind === "refused" ? first.reason : "no index");
  return first;
}

async function drop(attempts: string, ...queries: readonly string[]): Promise<TriedDrop> {
  const [first] = (await tried(attempts, ...queries)).attempts;
  if (first?.kind !== "drop") throw new Error(first?.kind === "refused" ? first.reason : "no drop");
  return first;
}

/** Why the statement does not read the index. */
async function why(attempt: string, query: string): Promise<string> {
  const { usedBy, unused } = await index(attempt, query);
  expect(usedBy).toEqual([]);
  return unused.map(({ reason, figures }) => (figures === undefined ? reason : `${reason} [${figures}]`)).join("; ");
}

interface Case {
  readonly attempt: string;
  readonly query: string;
  readonly reason: string;
  /** What is read instead, on a real server too: other indexes, or the same for another statement. */
  readonly served?: { readonly by?: readonly string[]; readonly query?: string };
}

const SCAN = "the planner can read it, but a sequential scan of people is cheaper";

/** Named after what keeps the statement from the index. */
const cases: Readonly<Record<string, Case>> = {
  "a condition that keeps most rows": {
    attempt: "create index on people (age)",
    query: "select * from people where age > 10",
    reason: `${SCAN} [# against # for the plan that reads it; it would find # of # rows]`,
  },
  "a first key of which nothing is asked": {
    attempt: "create index on people (sheet, name)",
    query: "select * from people where name = 'Name 7'",
    reason: `${SCAN}: nothing is asked of its first key, sheet, and with its keys as (name, sheet) it would be read [# against # for the plan that reads it; it would find # of # rows; # with (name, sheet)]`,
  },
  "LIKE without pattern operators": {
    attempt: "create index on people (nick)",
    query: "select * from people where nick like 'Name 7%'",
    reason: "LIKE is served by a B-tree with text_pattern_ops, since the column is not sorted by bytes",
    served: { by: ["create index on people (nick text_pattern_ops)"] },
  },
  "a pattern without a fixed start": {
    attempt: "create index on people (name)",
    query: "select * from people where name like '%7x%'",
    reason: "a B-tree does not serve LIKE here, GIN with gin_trgm_ops does",
    served: { by: ["create index on people using gin (name gin_trgm_ops)"] },
  },
  "another collation": {
    attempt: "create index on people (name)",
    query: `select * from people where name > 'Name 9998' collate "POSIX"`,
    reason: 'the statement compares by the collation "POSIX", and the index is sorted by another',
    served: { by: [`create index on people (name collate "POSIX")`] },
  },
  "a value of another type": {
    attempt: "create index on people (id)",
    query: "select * from people where id = 77.5",
    reason: "the column is cast in id::numeric, because of the type of what it is compared with: pass a value of type integer",
    served: { query: "select * from people where id = 77" },
  },
  "a cast in a join": {
    attempt: "create index on notes (id)",
    query: "select * from people join notes on notes.id::text = people.code where people.id = 7",
    reason: "the statement casts the column, id::text: compare it with a value of type integer instead",
    served: { by: ["create index on notes ((id::text))"] },
  },
  "a function on the column": {
    attempt: "create index on people (name)",
    query: "select * from people where lower(name) = 'name 7'",
    reason: "the statement's condition is on lower(name), and the index is on name",
    served: { by: ["create index on people (lower(name))"] },
  },
  "an index that could only be read from end to end": {
    attempt: "create index on people (name)",
    query: "select count(*) from people where length(name) = 7",
    reason: "the statement's condition is on length(name), and the index is on name",
    served: { by: ["create index on people (length(name))"] },
  },
  "an index on an expression, a condition on its column": {
    attempt: "create index on people (lower(name))",
    query: "select * from people where name = 'Name 7'",
    reason: "the statement's condition is on name, and the index is on lower(name)",
    served: { by: ["create index on people (name)"] },
  },
  "another expression": {
    attempt: "create index on people ((sheet ->> 'plan'))",
    query: "select * from people where sheet ->> 'other' = 'p7'",
    reason: "the statement's condition is on sheet ->> 'other', and the index is on (sheet ->> 'plan'::text)",
    served: { by: ["create index on people ((sheet ->> 'other'))"] },
  },
  "a predicate that does not follow": {
    attempt: "create index on people (name) where state = 'new'",
    query: "select * from people where name = 'Name 7'",
    reason: "its predicate, state = 'new'::text, does not follow from the statement's conditions",
    served: { query: "select * from people where name = 'Name 7' and state = 'new'" },
  },
  "a predicate that a parameter may miss": {
    attempt: "create index on people (name) where state = 'new'",
    query: "select * from people where name = 'Name 7' and state = $1",
    reason:
      "its predicate, state = 'new'::text, does not follow from the statement's conditions: state is compared with a parameter, which may be anything",
    served: { query: "select * from people where name = 'Name 7' and state = 'new'" },
  },
  "a range for a hash index": {
    attempt: "create index on people using hash (born)",
    query: "select * from people where born > '2024-07-20'",
    reason: "a hash index does not serve > here, a B-tree does",
    served: { by: ["create index on people (born)"] },
  },
  "an operator that the class does not have": {
    attempt: "create index on people using gin (sheet jsonb_path_ops)",
    query: "select * from people where sheet ? 'k7'",
    reason: "GIN with jsonb_path_ops does not serve ? here, GIN does",
    served: { by: ["create index on people using gin (sheet)"] },
  },
  "a B-tree for what an array contains": {
    attempt: "create index on people (tags)",
    query: "select * from people where tags @> array['t7']",
    reason: "a B-tree does not serve @> here, GIN does",
    served: { by: ["create index on people using gin (tags)"] },
  },
  "= ANY of an array column": {
    attempt: "create index on people using gin (tags)",
    query: "select * from people p where id > 3 and 't7' = any (p.tags)",
    reason: "'t7' = any (p.tags) is served by no index; GIN serves p.tags @> array['t7']::text[]",
    served: { query: "select * from people p where id > 3 and (p.tags @> array['t7']::text[])" },
  },
  "= ANY of an array column for a B-tree": {
    attempt: "create index on people (tags)",
    query: "select * from people where 't7' = any (tags)",
    reason: "'t7' = any (tags) is served by no index; GIN serves tags @> array['t7']::text[]",
    served: {
      by: ["create index on people using gin (tags)"],
      query: "select * from people where (tags @> array['t7']::text[])",
    },
  },
  "the other side of OR": {
    attempt: "create index on people (name)",
    query: "select * from people where name = 'Name 7' or parent = 7",
    reason: "OR needs an index on each of its sides: with one on parent too, both are read",
    served: { by: ["create index on people (name)", "create index on people (parent)"] },
  },
  "what is not": {
    attempt: "create index on people (name)",
    query: "select * from people where name <> 'Name 7'",
    reason: "a B-tree does not serve <>",
  },
  "an order in which nulls stand elsewhere": {
    attempt: "create index on people (parent)",
    query: "select * from people order by parent desc nulls last limit 10",
    reason: "the statement sorts by parent desc nulls last, which is neither the order of the index nor its reverse",
    served: { by: ["create index on people (parent desc nulls last)"] },
  },
  "nothing that is asked of its keys": {
    attempt: "create index on people (parent)",
    query: "update people set name = 'x' where id = 7",
    reason: "no condition, join or order of the statement is on parent",
  },
  "an index that is there and as good": {
    attempt: "create index on people (code, name)",
    query: "select * from people where code = 'c7'",
    reason: "people_code_idx would do as well, and is there already [# against #]",
  },
  "an index that is there and better": {
    attempt: "create index on people (age)",
    query: "select * from grown where id = 7",
    reason: "the planner can read it, but people_pkey is cheaper [# against # for the plan that reads it; it would find # of # rows]",
  },
  "the same index of all partitions": {
    attempt: "create index on sales (item)",
    query: "select * from sales where item = 7",
    reason: "sales_item_idx would do as well, and is there already [# against #]",
  },
  "a partition that is not read": {
    attempt: "create index on sales_1 (at)",
    query: "select * from sales where at = '2025-10-10'",
    reason: "the plan reads nothing of sales_1",
  },
  "a table that no statement reads": {
    attempt: "create index on people (name)",
    query: "select * from tiny where id = 1",
    reason: "no statement reads its table",
  },
};

test.each(Object.entries(cases))("an index is not used, and told why: %s", async (_, { attempt, query, reason }) => {
  expect((await why(attempt, query)).replaceAll(/(?<=[[; ])\d[\d,.]*(?= (?:against|for|of|rows|with)|\])/g, "#")).toBe(reason);
});

/** Indexes that a real server reads by a condition, or for an order, once it has little else to choose from. */
async function readFor(client: pg.Client, indexes: readonly string[], query: string): Promise<readonly string[]> {
  await client.query("begin");
  for (const index of indexes) await client.query(index.replace("index on", `index tried_${indexes.indexOf(index)} on`));
  for (const way of ["seqscan", "sort", "hashjoin", "mergejoin"]) await client.query(`set local enable_${way} = off`);
  await client.query("set local plan_cache_mode = force_generic_plan");
  await client.query(`prepare asked as ${query}`);
  const { rows } = await client.query(`explain (format json) execute asked${query.includes("$1") ? "('new')" : ""}`);
  await client.query("deallocate asked; rollback");
  const { nodes } = parsePlan(rows);
  const isOrdered = !nodes.some(({ type }) => type === "Sort") && /order by/.test(query);
  const read = nodes.filter(({ indexCond }) => indexCond !== undefined || isOrdered);
  return [...new Set(read.flatMap((node) => (node.index?.startsWith("tried_") ? [node.index] : [])))].sort();
}

test("an index is told with each statement that reads it, alone and beside the others", async () => {
  const { attempts, before, after } = await tried(
    "create index on people (name); create index on people (parent)",
    "select * from people where name = 'Name 7'",
    "select * from people where parent = 7 and name = 'Name 7'",
    "select * from people where parent = 7",
  );
  const [name, parent] = attempts.map((attempt) => (attempt.kind === "create" ? attempt : undefined));
  expect(name?.usedBy.map(({ number }) => number)).toEqual([1, 2]);
  expect(parent?.usedBy.map(({ number }) => number)).toEqual([2, 3]);
  const [one] = name?.usedBy ?? [];
  expect(one?.alone).toBeLessThan((one?.before ?? 0) / 10);
  expect(one?.together).toBe(one?.alone);
  expect(parent?.notes).toContain("with the others in place it is not read for #2");
  expect(name?.bytes).toBeGreaterThan(8192);
  expect(after).toBeLessThan(before / 10);
});

test.each([
  ["create unique index on people (name, id)", "select * from people where name = 'Name 7'"],
  ["create index on people (name) include (age)", "select age from people where name = 'Name 7'"],
  ["create index on people (name) where state = 'new'", "select * from people where name = 'Name 7' and state = 'new'"],
  [
    "create index on people (date_trunc('day', born at time zone 'UTC'))",
    "select * from people where date_trunc('day', born at time zone 'UTC') = '2020-02-02'",
  ],
  ["create index on people using gin (tags)", "select * from people where tags @> array['t7']"],
  ["create index on people using brin (born) with (pages_per_range = 8)", "select * from people where born < '2020-01-10Z'"],
  ["create index on people using hash (name)", "select * from people where name = 'Name 7'"],
  ["create index on sales (at)", "select * from sales where at = '2025-02-10'"],
  ["create index on sales_1 (at)", "select * from sales where at = '2025-02-10'"],
  ["create index on people (parent)", "delete from people where parent = 7"],
  ["create index on people (parent)", "select * from grown where parent = 7"],
])("%s is used for %s", async (attempt, query) => {
  const { usedBy, unused } = await index(attempt, query);
  expect(usedBy.map(({ number }) => number)).toEqual([1]);
  expect(unused).toEqual([]);
});

test("nothing is left in the twin of what was tried", async () => {
  const state = () =>
    session.read(
      "select array(select relname::text from pg_class order by 1)::text as relations, current_setting('enable_seqscan') as scans, current_setting('search_path') as path",
    );
  const before = await state();
  await tried(
    "create index on people (name); drop index people_code_idx; drop index people_pkey",
    "select * from people where lower(name) = 'x' or id = 7",
  );
  expect(await state()).toEqual(before);
});

const QUIET = "select * from tiny where id = 7";

test("an index that is dropped is told with the statements that read it, and what they read then", async () => {
  const { readBy, refused } = await drop(
    "drop index people_age_city_idx",
    "select * from people where age = 7 and id = 7",
    "select * from people where age = 7",
    QUIET,
  );
  expect(refused).toBeUndefined();
  expect(readBy.map(({ number }) => number)).toEqual([2]);
  expect(readBy[0]?.alone).toBeGreaterThan(readBy[0]?.before ?? Number.POSITIVE_INFINITY);
  const code = await drop("drop index people_code_idx", "select * from people where age = 7 and code = 'c7'");
  expect(code.readBy.map(({ reads }) => reads)).toEqual([["people_age_city_idx"]]);
});

test("the index of a partitioned table is dropped with all its parts", async () => {
  const { readBy } = await drop("drop index sales_item_idx", "select * from sales where item = 7");
  expect(readBy).toHaveLength(1);
});

test("an index that makes a join needless is missed by a statement that does not read it", async () => {
  const { readBy } = await drop("drop index notes_code_idx", "select people.id from people left join notes on notes.code = people.code");
  expect(readBy.map(({ number }) => number)).toEqual([1]);
});

/** Statements that Postgres refuses, with its words and what is to be done. */
const refusals: Readonly<Record<string, readonly [message: string, instead: string]>> = {
  "drop index people_pkey": [
    "cannot drop index people_pkey because constraint people_pkey on table people requires it",
    "only with its primary key, which then holds no more: alter table people drop constraint people_pkey;",
  ],
  "drop index people_email_key cascade": [
    "cannot drop index people_email_key because constraint people_email_key on table people requires it",
    "only with its unique constraint, which then holds no more: alter table people drop constraint people_email_key;",
  ],
  "drop index sales_1_item_idx": [
    "cannot drop index sales_1_item_idx because index sales_item_idx requires it",
    "it is a part of sales_item_idx, which is dropped as a whole: drop index sales_item_idx;",
  ],
  "drop index notes_code_idx": [
    "cannot drop index notes_code_idx because other objects depend on it",
    "drop first what needs it: constraint tags_code_fkey on table tags depends on index notes_code_idx",
  ],
  "drop index concurrently sales_item_idx": ['cannot drop partitioned index "sales_item_idx" concurrently', "drop index sales_item_idx;"],
  "drop index concurrently people_code_idx, people_age_city_idx": [
    "DROP INDEX CONCURRENTLY does not support dropping multiple objects",
    "drop index concurrently people_code_idx;",
  ],
  "drop index concurrently people_code_idx cascade": [
    "DROP INDEX CONCURRENTLY does not support CASCADE",
    "drop index concurrently people_code_idx;",
  ],
};

test.each(Object.entries(refusals))(
  "%s is refused as Postgres refuses it, with what to do instead",
  async (attempt, [message, instead]) => {
    expect((await drop(attempt, QUIET)).refused).toEqual({ message, instead });
  },
);

const asWritten: Readonly<Record<string, string>> = {
  "create index concurrently on sales (at)": 'cannot create index on partitioned table "sales" concurrently',
  "create index people_code_idx on people (name)": 'relation "people_code_idx" already exists',
  "create index people on people (name)": 'relation "people" already exists',
};

test.each(Object.entries(asWritten))("%s is tried all the same, and told that Postgres refuses it", async (attempt, message) => {
  expect((await index(attempt, QUIET)).notes).toContain(`Postgres refuses it as it is written: ${message}`);
});

test("CASCADE is told with what it takes along", async () => {
  const { refused, notes } = await drop("drop index notes_code_idx cascade", QUIET);
  expect(refused).toBeUndefined();
  expect(notes[0]).toBe("CASCADE drops what needs it: constraint tags_code_fkey on table tags depends on index notes_code_idx");
});

test("the replica identity is told before it is dropped", async () => {
  expect((await drop("drop index concurrently copied_code_idx", QUIET)).notes).toEqual([
    "it is the replica identity of copied, which then has none",
  ]);
});

test("a name is free again after what had it is dropped, and IF NOT EXISTS leaves it alone where it is not", async () => {
  const { attempts } = await tried("drop index people_code_idx; create index people_code_idx on people (name)", QUIET);
  const WRITES = "without CONCURRENTLY it blocks writes to people until it is built";
  expect(attempts[1]).toMatchObject({ kind: "create", notes: [WRITES] });
  expect((await index("create index concurrently if not exists people on people (name)", QUIET)).notes).toEqual([
    "with IF NOT EXISTS nothing is made, whatever it is on, since there is a relation people: it was tried under another name",
  ]);
});

test("ON ONLY is tried as if every partition's index were attached", async () => {
  const { usedBy, notes } = await index("create index on only sales (at)", "select * from sales where at = '2025-02-10'");
  expect(usedBy).toHaveLength(1);
  expect(notes).toEqual(["ON ONLY leaves it invalid until the index of every partition is attached: it was tried as if it were"]);
});

test.each([
  [
    "create index on notes using gin (nums gin__int_ops)",
    'operator class "gin__int_ops" does not exist for access method "gin": create extension intarray comes first, and the twin has not got it',
  ],
  ["create index on nowhere (a)", "no table nowhere was read"],
  ["create index on grown (id)", 'cannot create index on relation "grown"'],
  ["create index on people (nothing)", 'column "nothing" does not exist'],
  ["create unique index on sales (item)", "unique constraint on partitioned table must include all partitioning columns"],
  ["drop index nothing", "none of the tables that were read has an index nothing"],
  [
    "drop index if exists shop.nothing",
    "none of the tables that were read has an index shop.nothing: with IF EXISTS nothing is done, if there is none at all",
  ],
])("%s cannot be tried", async (attempt, reason) => {
  const { attempts } = await tried(`${attempt}; create index on people (name)`, QUIET);
  expect(attempts[0]).toMatchObject({ kind: "refused", reason });
  expect(attempts[1]?.kind).toBe("create");
});

test.each([
  ["reindex index people_code_idx", "REINDEX builds an index anew and changes no plan. Leave it out."],
  ["alter index people_code_idx rename to other", "an ALTER is none, and another name changes no plan. Leave it out."],
  [
    "alter index people_code_idx set (fillfactor = 70)",
    "an ALTER is none. What a constraint would have for its index is CREATE UNIQUE INDEX; what it loses with it is DROP INDEX of that index.",
  ],
  [
    "alter table people add unique (code)",
    "an ALTER is none. What a constraint would have for its index is CREATE UNIQUE INDEX; what it loses with it is DROP INDEX of that index.",
  ],
  ["drop table people", "this DROP is of something else."],
  ["select 1", "this is SELECT."],
])("%s is refused with what is taken", async (attempt, why) => {
  await expect(readAttempts([attempt])).rejects.toThrow(`try takes CREATE INDEX and DROP INDEX statements: ${why}`);
});

test("no statement at all is refused too", async () => {
  await expect(readAttempts(["-- later"])).rejects.toThrow("try takes CREATE INDEX and DROP INDEX statements, and there is none in it.");
});

test.each([15, 18] as const)("PostgreSQL %i refuses and reads what is told", async (version) => {
  const client = new pg.Client({ connectionString: (await freshDatabase(version, schema)).url });
  await client.connect();
  for (const [name, { attempt, query, served }] of Object.entries(cases)) {
    if (!served) continue;
    const by = served.by ?? [attempt];
    expect(await readFor(client, [attempt], query), name).toEqual([]);
    expect(await readFor(client, by, served.query ?? query), name).toEqual(by.map((_, position) => `tried_${position}`));
  }
  for (const [attempt, [message]] of Object.entries(refusals)) await expect(client.query(attempt)).rejects.toThrow(message);
  for (const [attempt, message] of Object.entries(asWritten)) await expect(client.query(attempt)).rejects.toThrow(message);
  await client.end();
});
