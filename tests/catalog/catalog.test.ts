import { beforeAll, expect, test } from "vitest";
import { type Catalog, findFunctions, findRelation, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { schemasOf } from "../../src/catalog/settings.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase, startTwin, wholeCatalog } from "../twin/twin.ts";
import { relations as schema } from "./awkward.ts";

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
      .map(({ oid: _, size: __, bytes: ___, rows: ____, usage: _____, toastBytes: ______, frozenAge: _______, ...table }) => ({
        ...table,
        // Up to 15 the columns of a view are qualified even where it reads only one relation.
        definition: table.definition?.replaceAll(/\b(v1|log)\./g, ""),
        columns: table.columns.map(({ table: _t, typeOid: _o, ...column }) => column),
        constraints: table.constraints.map(({ table: _t, references, ...constraint }) => ({
          ...constraint,
          references: names.get(references ?? 0),
        })),
        indexes: table.indexes.map(({ oid: _o, table: _t, bytes: _b, blocks: _k, pages: _p, tuples: _r, usage: _u, parent, ...index }) => ({
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
        "collation": undefined,
        "kind": "enum",
        "labels": [
          "sad",
          "it's ok",
        ],
        "name": "public.mood",
        "notNull": false,
        "range": undefined,
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
        "collation": undefined,
        "kind": "composite",
        "labels": [],
        "name": "public.pair",
        "notNull": false,
        "range": undefined,
      },
      {
        "attributes": [],
        "base": "integer",
        "collation": undefined,
        "kind": "domain",
        "labels": [],
        "name": "public.positive",
        "notNull": false,
        "range": undefined,
      },
      {
        "attributes": [],
        "base": "double precision",
        "collation": undefined,
        "kind": "range",
        "labels": [],
        "name": "public.span",
        "notNull": false,
        "range": {
          "canonical": undefined,
          "difference": undefined,
          "differenceOid": 0,
          "multirange": "public.span_multirange",
          "operatorClass": "pg_catalog.float8_ops",
        },
      },
    ]
  `);
  expect(tables.find((table) => table.name === "My table")).toMatchInlineSnapshot(`
    {
      "analyzed": undefined,
      "children": 0,
      "columns": [
        {
          "alignment": 4,
          "collation": undefined,
          "commented": false,
          "default": undefined,
          "expression": undefined,
          "generated": undefined,
          "identity": undefined,
          "length": 4,
          "local": true,
          "name": "a b",
          "notNull": true,
          "notNullValid": true,
          "number": 1,
          "sortsByBytes": undefined,
          "statisticsTarget": undefined,
          "storage": "plain",
          "type": "integer",
        },
        {
          "alignment": 4,
          "collation": "pg_catalog."C"",
          "commented": false,
          "default": undefined,
          "expression": undefined,
          "generated": undefined,
          "identity": undefined,
          "length": -1,
          "local": true,
          "name": "select",
          "notNull": false,
          "notNullValid": true,
          "number": 2,
          "sortsByBytes": true,
          "statisticsTarget": undefined,
          "storage": "extended",
          "type": "text",
        },
        {
          "alignment": 4,
          "collation": undefined,
          "commented": false,
          "default": undefined,
          "expression": undefined,
          "generated": undefined,
          "identity": undefined,
          "length": 4,
          "local": true,
          "name": "m",
          "notNull": true,
          "notNullValid": true,
          "number": 3,
          "sortsByBytes": undefined,
          "statisticsTarget": undefined,
          "storage": "plain",
          "type": "public.mood",
        },
        {
          "alignment": 4,
          "collation": undefined,
          "commented": false,
          "default": undefined,
          "expression": undefined,
          "generated": undefined,
          "identity": undefined,
          "length": 4,
          "local": true,
          "name": "p",
          "notNull": false,
          "notNullValid": true,
          "number": 4,
          "sortsByBytes": undefined,
          "statisticsTarget": undefined,
          "storage": "plain",
          "type": "public.positive",
        },
        {
          "alignment": 8,
          "collation": undefined,
          "commented": false,
          "default": undefined,
          "expression": undefined,
          "generated": undefined,
          "identity": undefined,
          "length": -1,
          "local": true,
          "name": "q",
          "notNull": false,
          "notNullValid": true,
          "number": 5,
          "sortsByBytes": undefined,
          "statisticsTarget": undefined,
          "storage": "extended",
          "type": "public.pair[]",
        },
        {
          "alignment": 8,
          "collation": undefined,
          "commented": false,
          "default": undefined,
          "expression": undefined,
          "generated": undefined,
          "identity": undefined,
          "length": -1,
          "local": true,
          "name": "s",
          "notNull": false,
          "notNullValid": true,
          "number": 6,
          "sortsByBytes": undefined,
          "statisticsTarget": undefined,
          "storage": "extended",
          "type": "public.span",
        },
        {
          "alignment": 4,
          "collation": undefined,
          "commented": false,
          "default": undefined,
          "expression": "upper("select")",
          "generated": "stored",
          "identity": undefined,
          "length": -1,
          "local": true,
          "name": "up",
          "notNull": false,
          "notNullValid": true,
          "number": 7,
          "sortsByBytes": true,
          "statisticsTarget": undefined,
          "storage": "extended",
          "type": "text",
        },
      ],
      "commented": false,
      "constraints": [
        {
          "columns": [
            "a b",
          ],
          "deferrable": false,
          "deferred": false,
          "definition": "PRIMARY KEY ("a b")",
          "enforced": true,
          "foreignKey": undefined,
          "inherited": false,
          "kind": "primary key",
          "name": "My table_pkey",
          "references": undefined,
          "validated": true,
        },
      ],
      "definition": undefined,
      "forcesRowSecurity": false,
      "indexes": [
        {
          "attributes": [
            "a b",
          ],
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
          "replicaIdentity": false,
          "schema": "Odd "one"",
          "unique": true,
          "valid": true,
          "where": undefined,
        },
        {
          "attributes": [
            "select",
          ],
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
          "replicaIdentity": false,
          "schema": "Odd "one"",
          "unique": false,
          "valid": true,
          "where": undefined,
        },
        {
          "attributes": [
            "slug",
            "a b",
            "m",
          ],
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
          "replicaIdentity": false,
          "schema": "Odd "one"",
          "unique": false,
          "valid": true,
          "where": "p::integer > 3",
        },
      ],
      "kind": "table",
      "name": "My table",
      "options": [],
      "owner": "postgres",
      "parents": [],
      "partition": {
        "bound": undefined,
        "key": undefined,
      },
      "persistence": "permanent",
      "readable": true,
      "replicaIdentity": "default",
      "rowSecurity": false,
      "rules": [],
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
  expect(schemasOf(`"Odd ""one""", App, pg_catalog, app`, "ada")).toEqual([`Odd "one"`, "app", "pg_catalog"]);
  expect(schemasOf("pg_catalog, app", "ada")).toEqual(["app"]);
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
