import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { type Catalog, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import type { Table } from "../../src/catalog/tables.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { shapeOf } from "../../src/plan/shape.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { readsTables } from "../../src/twin/function-definitions.ts";
import { unmodelled } from "../../src/twin/unmodelled.ts";
import { awkward, awkwardQueries } from "../catalog/awkward.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { startTwin, wholeCatalog } from "./twin.ts";

const twin = startTwin();

interface Compared {
  readonly sql: string;
  readonly shapes: readonly [twin: string, server: string];
  /** Cost in the twin over that on the server. */
  readonly ratio: number;
}

/** All that is asked of one twin of one database. */
interface Seen {
  readonly limits: readonly string[];
  readonly compared: readonly Compared[];
  readonly source: Catalog;
  /** What the twin's own catalog says. */
  readonly copy: Catalog;
  readonly refusals: readonly (string | undefined)[];
}

const refusable = [
  "select id from plain where label = sounds('x')",
  "select a from parents where a = kid_count(5)",
  "select id from handles where owner = 'h5'",
  "select id from handles order by owner",
  "select 'h5'::handle",
  "select * from far",
  "select * from near",
];

async function see(url: string, version: number): Promise<Seen> {
  const queries = awkwardQueries.filter(({ from = 0 }) => version >= from).map(({ sql }) => sql);
  const explained = await onServer(
    url,
    queries.map((sql) => `explain (verbose, format json) ${sql}`),
  );
  const source = await wholeCatalog(url);
  const { searchPath } = source.settings;
  return twin.use(needsOf(source), async (session) => {
    const limits = await build(session, source);
    const compared: Compared[] = [];
    for (const [position, sql] of queries.entries()) {
      const planned = await session.explain({ sql, searchPath, generic: false });
      if (planned.refused) throw new Error(`${sql}: ${planned.refused.message}; ${limits.join("; ")}`);
      const [here, there] = [parsePlan(planned.plan), parsePlan(explained[position])];
      compared.push({ sql, shapes: [shapeOf(here), shapeOf(there)], ratio: here.root.totalCost / there.root.totalCost });
    }
    const refusals: (string | undefined)[] = [];
    for (const sql of refusable) {
      const { refused } = await session.explain({ sql, searchPath, generic: false });
      refusals.push(refused && `${refused.code} ${refused.message}`);
    }
    const { settings, relations } = await readDirectory(session);
    const own = relations.filter((relation) => !relation.system && !relation.extension).map((relation) => relation.oid);
    return { limits, compared, refusals, source, copy: await readCatalog(session, { settings, relations: own, functions: [] }) };
  });
}

/** The plan that each of these EXPLAINs prints, or nothing of another statement. */
async function onServer(url: string, statements: readonly string[]): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const plans: unknown[] = [];
    for (const statement of statements) plans.push((await client.query(statement)).rows?.[0]?.["QUERY PLAN"]);
    return plans;
  } finally {
    await client.end();
  }
}

let fifteen: Seen;
let eighteen: Seen;

beforeAll(async () => {
  fifteen = await see((await freshDatabase(15, awkward(15))).url, 15);
  // It sorts text by language, as most databases do; those that the tests share sort by bytes.
  await onServer(cluster(18).url(), ["create database objects template template0 locale_provider icu icu_locale 'en-US' locale 'C'"]);
  await onServer(cluster(18).url("objects"), [awkward(18)]);
  eighteen = await see(cluster(18).url("objects"), 18);
}, 120_000);

/** A server looks up the largest value in an index to know that nothing is beyond it. A twin has no values. */
const isBeyond = ({ sql }: Compared) => sql === "select * from plain where score > 3000";
const otherwise = ({ shapes: [here, there] }: Compared) => here !== there;
const off = (share: number) => (compared: Compared) => Math.abs(compared.ratio - 1) > share;

test("a twin of 18 plans queries over every kind of object as the server does", () => {
  const compared = eighteen.compared.filter((one) => !isBeyond(one));
  expect(compared.length).toBeGreaterThan(100);
  expect(compared.filter(otherwise)).toEqual([]);
  expect(compared.filter(off(0.03))).toEqual([]);
  expect(compared.filter(off(0.005)).length).toBeLessThanOrEqual(compared.length * 0.05);
});

test("a twin of 15 refuses none of them, and differs in no more than the servers do", () => {
  expect(fifteen.compared.length).toBeGreaterThan(100);
  expect(fifteen.compared.filter((one) => !isBeyond(one)).filter(otherwise).length).toBeLessThanOrEqual(3);
});

test("all that is missing from the twin is named, each once", () => {
  for (const { limits } of [fifteen, eighteen]) {
    expect(limits.filter((limit) => /in the twin|written in|foreign/.test(limit)).toSorted()).toEqual([
      "function public.sounds(text) is written in c: the twin knows its cost, not its value",
      "index turned_backwards of public.turned is not in the twin",
      "public.far is a foreign table, which the twin cannot plan",
      "public.near_2 is a foreign table, which the twin cannot plan",
      "what can be done with owner (public.handle) of public.handles is not in the twin",
    ]);
  }
});

/** Everything of a table that the twin is to have as it is. */
const told = ({ name, schema, kind, columns, constraints, indexes, options, partition, parents, definition }: Table) => ({
  name: `${schema}.${name}`,
  columns: columns.map(({ table: _, typeOid, number, statisticsTarget, commented, length, alignment, storage, ...column }) => column),
  constraints: constraints.map((constraint) => constraint.definition).toSorted(),
  indexes: indexes
    .filter((index) => index.valid && index.name !== "turned_backwards")
    .map((index) => index.definition.replace(/^CREATE (UNIQUE )?INDEX .* ON (ONLY )?/, "$1"))
    .toSorted(),
  options: options.toSorted(),
  partition,
  parents: parents.map((parent) => `${parent.schema}.${parent.name}`),
  definition: kind === "view" ? definition : undefined,
});

const inOrder = <Item extends object>(items: readonly Item[]) => items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

test("the twin's own catalog says of every table, column, constraint, index, view and rule what the server's says", () => {
  const { copy, source } = eighteen;
  expect(inOrder(copy.tables.map(told))).toEqual(inOrder(source.tables.map(told)));
  const rules = ({ rewrites }: Catalog) => inOrder(rewrites.map(({ name, definition }) => ({ name, definition })));
  expect(rules(copy)).toEqual(rules(source));
});

test("the twin's own catalog says of every type, collation, operator, cast and aggregate what the server's says", () => {
  const { copy, source } = eighteen;
  const types = ({ types }: Catalog) =>
    inOrder(types.map(({ oid: _, range, ...type }) => ({ ...type, range: { ...range, differenceOid: 0 } })));
  const operators = (catalog: Catalog) => catalog.operators.map(({ functionOid: _, ...operator }) => operator);
  const casts = (catalog: Catalog) => catalog.casts.map(({ functionOid: _, ...cast }) => cast);
  const aggregates = (catalog: Catalog) => catalog.aggregates.map(({ functions: _, ...aggregate }) => aggregate);
  expect(types(copy)).toEqual(types(source));
  expect(copy.collations).toEqual(source.collations);
  expect(operators(copy)).toEqual(operators(source));
  expect(casts(copy)).toEqual(casts(source));
  expect(aggregates(copy)).toEqual(aggregates(source));
});

test("what the twin cannot know is refused by its name, and never guessed", () => {
  expect(eighteen.refusals).toEqual([
    "0A000 function public.sounds(text) is written in c, which the twin does not run",
    "0A000 function public.kid_count(integer) reads tables, whose rows the twin does not have",
    "42883 operator does not exist: handle = unknown",
    "42883 could not identify an ordering operator for type handle",
    "0A000 cannot accept a value of a shell type",
    '55000 foreign-data wrapper "not modelled by the twin" has no handler',
    '55000 foreign-data wrapper "not modelled by the twin" has no handler',
  ]);
});

const planners = (signs: Partial<Catalog["plannerSigns"]>, extensions: readonly string[] = []) =>
  unmodelled(
    {
      ...eighteen.source,
      tables: [],
      functions: [],
      plannerSigns: { ...eighteen.source.plannerSigns, ...signs },
      extensions: extensions.map((name) => ({ name, schema: "public", version: "1", defaultVersion: "1" })),
    },
    new Set(),
  ).map(({ text }) => text);

test("a planner that is not Postgres's own is named", () => {
  const plain = "plans in its own way, and the twin plans as plain PostgreSQL";
  expect(planners({})).toEqual([]);
  expect(planners({}, ["citus", "timescaledb", "hstore"])).toEqual([`Citus ${plain}`, `TimescaleDB ${plain}`]);
  expect(planners({ prefixes: ["auto_explain", "pg_hint_plan"] })).toEqual([`pg_hint_plan ${plain}`]);
  expect(planners({ aurora: true })).toEqual([`Amazon Aurora ${plain}`]);
  expect(planners({ banner: "CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)" })).toEqual([`CockroachDB ${plain}`]);
  expect(planners({ banner: "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.77" })).toEqual([
    `Amazon Redshift ${plain}`,
  ]);
});

test("who is under policies is told that the twin plans without them, and who is not is told nothing", async () => {
  const { url } = await freshDatabase(
    18,
    `create table orders (id int primary key, owner text); alter table orders enable row level security; create policy mine on orders using (owner = current_user);
     do $$ begin create role objects_tenant login password 'tenant'; exception when duplicate_object then null; end $$; grant select on orders to objects_tenant`,
  );
  const limitsFor = async (address: string) => unmodelled(await wholeCatalog(address, ["orders"]), new Set()).map(({ text }) => text);
  expect(await limitsFor(url)).toEqual([]);
  expect(await limitsFor(Object.assign(new URL(url), { username: "objects_tenant", password: "tenant" }).href)).toEqual([
    "policies of public.orders hold for this role, and the twin plans without them",
  ]);
});

test("a function that stands before Postgres's own in the search path is called in its place, and a missing extension's type is a width", async () => {
  const { url } = await freshDatabase(
    18,
    `create schema shadow; create function shadow.upper(text) returns text language sql immutable as $$ select lower($1) $$;
     create extension xml2; create type place; create function place_in(cstring) returns place language internal immutable strict as 'textin';
     create function place_out(place) returns cstring language internal immutable strict as 'textout'; create type place (input = place_in, output = place_out, like = text);
     create operator class place_ops default for type place using btree as function 1 bttextcmp(text, text); alter extension xml2 add type place;
     create table shops (id int primary key, at place, name text); create index shops_name on shops (name); create index shops_near on shops (id) where at is not null; insert into shops select i, 'x'::text::place, 'n' || i from generate_series(1, 5000) i;
     analyze; do $$ begin execute format('alter database %I set search_path = shadow, pg_catalog, public', current_database()); end $$`,
  );
  const queries = ["select id, at from shops where upper(name) = 'n7'", "select count(at) from shops where at is not null and id < 70"];
  const plans = await onServer(
    url,
    queries.map((sql) => `explain (verbose, format json) ${sql}`),
  );
  const catalog = await wholeCatalog(url);
  await twin.use(needsOf(catalog), async (session) => {
    expect(await build(session, catalog)).toContain("what can be done with at (public.place of xml2) of public.shops is not in the twin");
    for (const [position, sql] of queries.entries()) {
      const planned = await session.explain({ sql, searchPath: catalog.settings.searchPath, generic: false });
      if (planned.refused) throw new Error(planned.refused.message);
      expect(shapeOf(parsePlan(planned.plan))).toBe(shapeOf(parsePlan(plans[position])));
      expect(parsePlan(planned.plan).root.totalCost).toBeCloseTo(parsePlan(plans[position]).root.totalCost, 1);
    }
  });
});

const sql = { volatility: "stable", language: "sql", returns: "integer", definition: "" } as const;

test.each([
  ["select count(*) from orders", true],
  ['select 1 from public."My orders" o', true],
  ["begin execute 'select 1'; end", true],
  ["select extract(year from $1)", false],
  ["select $1 is distinct from $2", false],
  ["select max(x) from unnest($1) x", false],
  ["select 'taken from here' -- from nowhere", false],
])("%s reads tables: %s", (body, reads) => expect(readsTables({ ...sql, body })).toBe(reads));

test("a function that is planned with its caller, or that is never called while planning, stays what it is", () => {
  const body = "select id from orders";
  expect(readsTables({ ...sql, returns: "SETOF integer", body })).toBe(false);
  expect(readsTables({ ...sql, volatility: "volatile", body })).toBe(false);
  expect(readsTables({ ...sql, language: "plpgsql", returns: "SETOF integer", body })).toBe(true);
});
