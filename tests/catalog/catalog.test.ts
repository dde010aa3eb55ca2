import { beforeAll, expect, test } from "vitest";
import { type Catalog, findFunctions, findRelation, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { schemasOf } from "../../src/catalog/settings.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase, startTwin, wholeCatalog } from "../twin/twin.ts";

/** Objects of every kind that is read, and names that need quotes. */
const schema = [
  `create schema "Odd ""one"""`,
  "create type mood as enum ('sad', 'it''s ok')",
  "create domain positive as int check (value > 0)",
  "create type pair as (a int, b mood)",
  "create type span as range (subtype = float8)",
  "create function slug(t text) returns text language sql immutable as $$ select lower(t) $$",
  `create table "Odd ""one"""."My table" ("a b" int primary key, "select" text collate "C", m mood not null, p positive, q pair[], s span, up text generated always as (upper("select")) stored)`,
  `create index "i x" on "Odd ""one"""."My table" (slug("select"), "a b" desc) include (m) where p > 3`,
  `create index on "Odd ""one"""."My table" ("select" text_pattern_ops)`,
  `create table child (id bigint generated always as identity, parent int references "Odd ""one"""."My table" on delete cascade, note varchar(20), constraint fine check (note <> ''), unique (note, id)) with (fillfactor = 70)`,
  "create table log (at timestamptz not null, kind text) partition by range (at)",
  "create table log_1 partition of log for values from ('2026-01-01Z') to ('2026-02-01Z')",
  "create table log_2 partition of log default partition by list (kind)",
  "create table log_2a partition of log_2 for values in ('a')",
  "create index on log (kind)",
  "create table base (id int)",
  "create table derived (extra int) inherits (base)",
  'create view v1 as select c.id, m.m from child c join "Odd ""one"""."My table" m on m."a b" = c.parent',
  "create view v2 as select * from v1 where id > 1",
  "create materialized view mv as select kind, count(*) from log group by kind",
  "alter table base enable row level security",
];

const twin = startTwin();
const read: Record<string, Catalog> = {};

beforeAll(async () => {
  read["15"] = await wholeCatalog((await freshDatabase(15, schema.join(";\n"))).url);
  read["18"] = await wholeCatalog((await freshDatabase(18, schema.join(";\n"))).url);
  read.twin = await twin.use({ sortsByBytes: true, extensions: [] }, async (session) => {
    const outcomes = await session.run(["set local search_path = public", ...schema, "set local search_path = pg_catalog"]);
    expect(outcomes.filter((outcome) => outcome.refused)).toEqual([]);
    const { settings, relations, functions } = await readDirectory(session);
    const own = relations.filter((relation) => !relation.system).map((relation) => relation.oid);
    return readCatalog(session, { settings, relations: own, functions: functions.map((found) => found.oid) });
  });
});

/** A catalog without what differs between two databases of one schema: oids become names, sizes and settings go. */
function portable({ tables, types, functions, extensions }: Catalog) {
  const names = new Map(
    tables.flatMap((table) => [[table.oid, table.name] as const, ...table.indexes.map((index) => [index.oid, index.name] as const)]),
  );
  return {
    tables: tables
      .map(({ oid: _, size: __, bytes: ___, rows: ____, ...table }) => ({
        ...table,
        // Up to 15 the columns of a view are qualified even where it reads only one relation.
        definition: table.definition?.replaceAll("v1.", ""),
        columns: table.columns.map(({ table: _t, typeOid: _o, ...column }) => column),
        constraints: table.constraints.map(({ table: _t, references, ...constraint }) => ({
          ...constraint,
          references: names.get(references ?? 0),
        })),
        indexes: table.indexes.map(({ oid: _o, table: _t, bytes: _b, blocks: _k, pages: _p, tuples: _r, parent, ...index }) => ({
          ...index,
          parent: names.get(parent ?? 0),
        })),
        parents: table.parents.map(({ schema, name }) => `${schema}.${name}`),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    types: types.map(({ oid: _, ...type }) => type).sort((a, b) => (a.name < b.name ? -1 : 1)),
    functions: functions.map(({ signature, language }) => ({ signature, language })),
    extensions,
  };
}

test("one schema is read the same from PostgreSQL 15, from 18 and from the twin", () => {
  expect(portable(read["15"] as Catalog)).toEqual(portable(read["18"] as Catalog));
  expect(portable(read.twin as Catalog)).toEqual(portable(read["18"] as Catalog));
});

test("what is read is what was made", () => {
  const { tables, types } = portable(read["18"] as Catalog);
  expect(tables.map((table) => `${table.kind} ${table.schema}.${table.name}`)).toMatchInlineSnapshot(`
    [
      "table Odd "one".My table",
      "table public.base",
      "table public.child",
      "table public.derived",
      "partitioned table public.log",
      "table public.log_1",
      "partitioned table public.log_2",
      "table public.log_2a",
      "materialized view public.mv",
      "view public.v1",
      "view public.v2",
    ]
  `);
  expect(types).toMatchInlineSnapshot(`
    [
      {
        "attributes": [],
        "base": undefined,
        "kind": "enum",
        "labels": [
          "sad",
          "it's ok",
        ],
        "name": "public.mood",
      },
      {
        "attributes": [
          {
            "name": "a",
            "type": "integer",
          },
          {
            "name": "b",
            "type": "public.mood",
          },
        ],
        "base": undefined,
        "kind": "composite",
        "labels": [],
        "name": "public.pair",
      },
      {
        "attributes": [],
        "base": "integer",
        "kind": "domain",
        "labels": [],
        "name": "public.positive",
      },
      {
        "attributes": [],
        "base": "double precision",
        "kind": "range",
        "labels": [],
        "name": "public.span",
      },
    ]
  `);
  expect(tables.find((table) => table.name === "My table")).toMatchInlineSnapshot(`
    {
      "analyzed": undefined,
      "columns": [
        {
          "collation": undefined,
          "expression": undefined,
          "generated": undefined,
          "local": true,
          "name": "a b",
          "notNull": true,
          "number": 1,
          "type": "integer",
        },
        {
          "collation": "pg_catalog."C"",
          "expression": undefined,
          "generated": undefined,
          "local": true,
          "name": "select",
          "notNull": false,
          "number": 2,
          "type": "text",
        },
        {
          "collation": undefined,
          "expression": undefined,
          "generated": undefined,
          "local": true,
          "name": "m",
          "notNull": true,
          "number": 3,
          "type": "public.mood",
        },
        {
          "collation": undefined,
          "expression": undefined,
          "generated": undefined,
          "local": true,
          "name": "p",
          "notNull": false,
          "number": 4,
          "type": "public.positive",
        },
        {
          "collation": undefined,
          "expression": undefined,
          "generated": undefined,
          "local": true,
          "name": "q",
          "notNull": false,
          "number": 5,
          "type": "public.pair[]",
        },
        {
          "collation": undefined,
          "expression": undefined,
          "generated": undefined,
          "local": true,
          "name": "s",
          "notNull": false,
          "number": 6,
          "type": "public.span",
        },
        {
          "collation": undefined,
          "expression": "upper("select")",
          "generated": "stored",
          "local": true,
          "name": "up",
          "notNull": false,
          "number": 7,
          "type": "text",
        },
      ],
      "constraints": [
        {
          "columns": [
            "a b",
          ],
          "definition": "PRIMARY KEY ("a b")",
          "inherited": false,
          "kind": "primary key",
          "name": "My table_pkey",
          "references": undefined,
          "validated": true,
        },
      ],
      "definition": undefined,
      "indexes": [
        {
          "constraint": true,
          "definition": "CREATE UNIQUE INDEX "My table_pkey" ON "Odd ""one"""."My table" USING btree ("a b")",
          "include": [],
          "keys": [
            ""a b"",
          ],
          "method": "btree",
          "name": "My table_pkey",
          "operatorClasses": [
            "int4_ops",
          ],
          "parent": undefined,
          "primary": true,
          "schema": "Odd "one"",
          "unique": true,
          "valid": true,
          "where": undefined,
        },
        {
          "constraint": false,
          "definition": "CREATE INDEX "My table_select_idx" ON "Odd ""one"""."My table" USING btree ("select" text_pattern_ops)",
          "include": [],
          "keys": [
            ""select"",
          ],
          "method": "btree",
          "name": "My table_select_idx",
          "operatorClasses": [
            "text_pattern_ops",
          ],
          "parent": undefined,
          "primary": false,
          "schema": "Odd "one"",
          "unique": false,
          "valid": true,
          "where": undefined,
        },
        {
          "constraint": false,
          "definition": "CREATE INDEX "i x" ON "Odd ""one"""."My table" USING btree (public.slug("select"), "a b" DESC) INCLUDE (m) WHERE ((p)::integer > 3)",
          "include": [
            "m",
          ],
          "keys": [
            "public.slug("select")",
            ""a b"",
          ],
          "method": "btree",
          "name": "i x",
          "operatorClasses": [
            "text_ops",
            "int4_ops",
          ],
          "parent": undefined,
          "primary": false,
          "schema": "Odd "one"",
          "unique": false,
          "valid": true,
          "where": "p::integer > 3",
        },
      ],
      "kind": "table",
      "name": "My table",
      "options": [],
      "parents": [],
      "partition": {
        "bound": undefined,
        "key": undefined,
      },
      "readable": true,
      "rowSecurity": false,
      "schema": "Odd "one"",
    }
  `);
  expect(tables.find((table) => table.name === "log_2a")).toMatchObject({
    parents: ["public.log_2"],
    partition: { bound: "FOR VALUES IN ('a')" },
  });
});

test("a view brings the views and tables under it, a partition brings its parents but not its siblings", async () => {
  const { url } = await freshDatabase(18, schema.join(";\n"));
  const named = async (name: string) => {
    const whole = await wholeCatalog(url, [name]);
    return whole.tables.map((table) => table.name).sort();
  };
  expect(await named("v2")).toEqual(["My table", "child", "v1", "v2"]);
  expect(await named("log_2a")).toEqual(["log", "log_2", "log_2a"]);
  expect(await named("log")).toEqual(["log", "log_1", "log_2", "log_2a"]);
  expect(await named("base")).toEqual(["base", "derived"]);
});

test("a bare name is what the role's own search_path says, and a function is every overload of it", async () => {
  const { url } = await freshDatabase(
    18,
    `${schema.join(";\n")}; create schema app; create table app.child (x int); create function slug(n int) returns int language sql as 'select n'; do $$ begin execute format('alter database %I set search_path = app, public', current_database()); end $$`,
  );
  const directory = await readDatabase(url, (directory) => directory);
  expect(directory.settings.searchPath).toEqual(["app", "public"]);
  expect(findRelation(directory, { name: "child" })).toMatchObject({ schema: "app" });
  expect(findRelation(directory, { schema: "public", name: "child" })).toMatchObject({ schema: "public" });
  expect(findRelation(directory, { name: "pg_class" })).toMatchObject({ system: true });
  expect(findRelation(directory, { name: "Child" })).toBeUndefined();
  expect(findFunctions(directory, { name: "slug" })).toHaveLength(2);
});

test("a search_path is read as Postgres writes it", () => {
  expect(schemasOf(`"$user", public`, "ada")).toEqual(["ada", "public"]);
  expect(schemasOf(`"Odd ""one""", App, pg_catalog, app`, "ada")).toEqual([`Odd "one"`, "app"]);
  expect(schemasOf("", "ada")).toEqual([]);
});

test("rows are the planner's own arithmetic: the old density over the blocks there are now", async () => {
  const { url } = await freshDatabase(
    18,
    "create table t (id int, pad text); insert into t select i, repeat('x', 100) from generate_series(1, 1000) i; analyze t; insert into t select i, repeat('x', 100) from generate_series(1, 1000) i; create table never (id int); insert into never values (1); create table empty (id int)",
  );
  const { tables } = await wholeCatalog(url);
  const rows = Object.fromEntries(tables.map((table) => [table.name, table.rows]));
  expect(rows.never).toBeUndefined();
  expect(rows.t).toBeGreaterThan(1900);
  expect(rows.t).toBeLessThan(2100);
});
