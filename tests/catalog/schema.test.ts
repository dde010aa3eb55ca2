import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { readActivity } from "../../src/catalog/activity.ts";
import { readSchema, type Schema } from "../../src/catalog/schema.ts";
import { readSettings } from "../../src/catalog/settings.ts";
import type { Database } from "../../src/database/database.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase, startTwin } from "../twin/twin.ts";
import { relations, surroundings } from "./awkward.ts";

const statements = [...relations, ...surroundings];
const twin = startTwin();
const read: Record<string, Schema> = {};
const urls: Record<string, string> = {};

const wholeSchema = (url: string) => readDatabase(url, ({ settings }, database) => readSchema(database, { settings }));

beforeAll(async () => {
  for (const version of [15, 18] as const) {
    const { url } = await freshDatabase(version, statements.join(";\n"));
    urls[version] = url;
    read[version] = await wholeSchema(url);
  }
  read.twin = await twin.use({ sortsByBytes: true, extensions: ["pg_trgm"] }, async (session) => {
    // Publications warn of a server that does not replicate.
    await session.run(["set local client_min_messages = error"]);
    const outcomes = await session.run(["set local search_path = public", ...statements, "set local search_path = pg_catalog"]);
    expect(outcomes.filter((outcome) => outcome.refused)).toEqual([]);
    return readSchema(session, { settings: await readSettings(session) });
  });
});

const onServer = (where: string) => read[where] as Schema;

/** Sizes, counters and what the server calls its own differ between two databases of one schema; oids become names. */
const measured = new Set(["settings", "roles", "usage", "size", "rows", "bytes", "blocks", "pages", "tuples", "frozenAge", "toastBytes"]);

const oidKeys = new Set(["table", "tables", "references", "parent", "object", "function"]);

/** Internal triggers carry an oid in their name; up to 15 columns of a view are qualified even where it reads one relation. */
const portableText = (text: string) => text.replaceAll(/(RI_ConstraintTrigger_[ac]_)\d+/g, "$1…").replaceAll(/\b(v1|base|log)\./g, "");

function portable(schema: Schema) {
  const objects = [...schema.tables, ...schema.views, ...schema.sequences, ...schema.schemas];
  const names = new Map<number, string>([
    ...objects.map(({ oid, name }) => [oid, name] as const),
    ...schema.indexes.map(({ oid, name }) => [oid, name] as const),
    ...schema.functions.map(({ oid, signature }) => [oid, signature] as const),
  ]);
  const nameOf = (oid: number) => names.get(oid) ?? "system";
  const plain = (value: unknown, key = ""): unknown => {
    if (typeof value === "number") return oidKeys.has(key) ? nameOf(value) : value;
    if (typeof value === "string") return portableText(value);
    if (Array.isArray(value)) return value.map((item) => plain(item, typeof item === "number" ? key : ""));
    if (value === null || typeof value !== "object") return value;
    return oidKeys.has(key) && "oid" in value ? nameOf(Number(value.oid)) : plainObject(value);
  };
  const plainObject = (value: object) => {
    const kept = Object.entries(value).filter(([name]) => !measured.has(name) && name !== "oid" && name !== "typeOid");
    return Object.fromEntries(kept.map(([name, part]) => [name, plain(part, name)]));
  };
  // MAINTAIN is a privilege from 17 on.
  const grants = schema.grants.map((grant) => ({ ...grant, privileges: grant.privileges.filter((privilege) => privilege !== "MAINTAIN") }));
  return plain({ ...schema, grants }) as Record<keyof Schema, readonly Record<string, unknown>[]>;
}

const inOrder = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

test.each(["15", "twin"])("one schema is read the same from %s as from PostgreSQL 18", (where) => {
  const [other, eighteen] = [portable(onServer(where)), portable(onServer("18"))];
  for (const kind of Object.keys(eighteen) as (keyof Schema)[]) {
    expect(inOrder(other[kind]), kind).toEqual(inOrder(eighteen[kind]));
  }
});

const told = (kind: keyof Schema) => portable(onServer("18"))[kind];

test("policies", () =>
  expect(told("policies")).toMatchInlineSnapshot(`
  [
    {
      "check": "(id <> 7)",
      "command": "update",
      "name": "a 'b'
  c",
      "permissive": false,
      "table": "base",
      "using": "true",
    },
    {
      "check": undefined,
      "command": "select",
      "name": "mine",
      "permissive": true,
      "table": "base",
      "using": "(id > 0)",
    },
  ]
`));
test("privileges of others than the owner", () =>
  expect(told("grants").filter((grant) => !grant.owner)).toMatchInlineSnapshot(`
    [
      {
        "column": "id",
        "grantable": [],
        "grantee": "Catalog "writer",
        "object": "base",
        "on": "column",
        "owner": false,
        "privileges": [
          "UPDATE",
        ],
      },
      {
        "column": undefined,
        "grantable": [],
        "grantee": undefined,
        "object": ""Odd ""one"""."touch it"()",
        "on": "function",
        "owner": false,
        "privileges": [
          "EXECUTE",
        ],
      },
      {
        "column": undefined,
        "grantable": [],
        "grantee": undefined,
        "object": "public.tidy(integer)",
        "on": "function",
        "owner": false,
        "privileges": [
          "EXECUTE",
        ],
      },
      {
        "column": undefined,
        "grantable": [
          "INSERT",
          "SELECT",
        ],
        "grantee": "catalog_reader",
        "object": "base",
        "on": "relation",
        "owner": false,
        "privileges": [
          "INSERT",
          "SELECT",
        ],
      },
      {
        "column": undefined,
        "grantable": [],
        "grantee": undefined,
        "object": "v1",
        "on": "relation",
        "owner": false,
        "privileges": [
          "SELECT",
        ],
      },
      {
        "column": undefined,
        "grantable": [],
        "grantee": undefined,
        "object": "public",
        "on": "schema",
        "owner": false,
        "privileges": [
          "USAGE",
        ],
      },
      {
        "column": undefined,
        "grantable": [],
        "grantee": "catalog_reader",
        "object": "empty",
        "on": "schema",
        "owner": false,
        "privileges": [
          "USAGE",
        ],
      },
    ]
  `));
test("functions and procedures, without aggregates and without those of extensions", () =>
  expect(told("functions")).toMatchInlineSnapshot(`
    [
      {
        "arguments": "t text",
        "body": " select lower(t) ",
        "cost": 100,
        "definition": "CREATE OR REPLACE FUNCTION public.slug(t text)
     RETURNS text
     LANGUAGE sql
     IMMUTABLE
    AS $function$ select lower(t) $function$
    ",
        "fullArguments": "t text",
        "kind": "function",
        "language": "sql",
        "leakproof": false,
        "name": "slug",
        "owner": "postgres",
        "parallel": "unsafe",
        "returns": "text",
        "schema": "public",
        "searchPath": undefined,
        "securityDefiner": false,
        "signature": "public.slug(text)",
        "strict": false,
        "volatility": "immutable",
      },
      {
        "arguments": "",
        "body": " begin return new; end ",
        "cost": 100,
        "definition": "CREATE OR REPLACE FUNCTION "Odd ""one"""."touch it"()
     RETURNS trigger
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog', 'Odd "one"'
    AS $function$ begin return new; end $function$
    ",
        "fullArguments": "",
        "kind": "function",
        "language": "plpgsql",
        "leakproof": false,
        "name": "touch it",
        "owner": "postgres",
        "parallel": "unsafe",
        "returns": "trigger",
        "schema": "Odd "one"",
        "searchPath": "pg_catalog, "Odd ""one"""",
        "securityDefiner": true,
        "signature": ""Odd ""one"""."touch it"()",
        "strict": false,
        "volatility": "volatile",
      },
      {
        "arguments": "INOUT n integer",
        "body": " select n ",
        "cost": 100,
        "definition": "CREATE OR REPLACE PROCEDURE public.tidy(INOUT n integer)
     LANGUAGE sql
    AS $procedure$ select n $procedure$
    ",
        "fullArguments": "INOUT n integer",
        "kind": "procedure",
        "language": "sql",
        "leakproof": false,
        "name": "tidy",
        "owner": "postgres",
        "parallel": "unsafe",
        "returns": undefined,
        "schema": "public",
        "searchPath": undefined,
        "securityDefiner": false,
        "signature": "public.tidy(integer)",
        "strict": false,
        "volatility": "volatile",
      },
    ]
  `));
test("triggers", () =>
  expect(told("triggers").filter((trigger) => !trigger.internal)).toMatchInlineSnapshot(`
  [
    {
      "definition": "CREATE TRIGGER "on change" BEFORE UPDATE OF id ON public.base FOR EACH ROW WHEN ((old.id IS DISTINCT FROM new.id)) EXECUTE FUNCTION "Odd ""one"""."touch it"()",
      "enabled": "disabled",
      "function": ""Odd ""one"""."touch it"()",
      "functionName": ""Odd ""one"""."touch it"",
      "inherited": false,
      "internal": false,
      "name": "on change",
      "table": "base",
    },
    {
      "definition": "CREATE TRIGGER logged AFTER INSERT ON public.log FOR EACH ROW EXECUTE FUNCTION "Odd ""one"""."touch it"()",
      "enabled": "origin",
      "function": ""Odd ""one"""."touch it"()",
      "functionName": ""Odd ""one"""."touch it"",
      "inherited": false,
      "internal": false,
      "name": "logged",
      "table": "log",
    },
    {
      "definition": "CREATE TRIGGER logged AFTER INSERT ON public.log_1 FOR EACH ROW EXECUTE FUNCTION "Odd ""one"""."touch it"()",
      "enabled": "origin",
      "function": ""Odd ""one"""."touch it"()",
      "functionName": ""Odd ""one"""."touch it"",
      "inherited": true,
      "internal": false,
      "name": "logged",
      "table": "log_1",
    },
    {
      "definition": "CREATE TRIGGER logged AFTER INSERT ON public.log_2 FOR EACH ROW EXECUTE FUNCTION "Odd ""one"""."touch it"()",
      "enabled": "origin",
      "function": ""Odd ""one"""."touch it"()",
      "functionName": ""Odd ""one"""."touch it"",
      "inherited": true,
      "internal": false,
      "name": "logged",
      "table": "log_2",
    },
    {
      "definition": "CREATE TRIGGER logged AFTER INSERT ON public.log_2a FOR EACH ROW EXECUTE FUNCTION "Odd ""one"""."touch it"()",
      "enabled": "origin",
      "function": ""Odd ""one"""."touch it"()",
      "functionName": ""Odd ""one"""."touch it"",
      "inherited": true,
      "internal": false,
      "name": "logged",
      "table": "log_2a",
    },
  ]
`));
test("sequences", () =>
  expect(told("sequences")).toMatchInlineSnapshot(`
  [
    {
      "cycle": true,
      "increment": -2,
      "last": undefined,
      "max": -1,
      "min": -30000,
      "name": "alone",
      "ownedBy": undefined,
      "owner": "postgres",
      "readable": true,
      "schema": "public",
      "start": -1,
      "type": "smallint",
    },
    {
      "cycle": false,
      "increment": 1,
      "last": undefined,
      "max": 9223372036854776000,
      "min": 1,
      "name": "child_id_seq",
      "ownedBy": {
        "column": "id",
        "identity": true,
        "table": "child",
      },
      "owner": "postgres",
      "readable": true,
      "schema": "public",
      "start": 1,
      "type": "bigint",
    },
    {
      "cycle": false,
      "increment": 1,
      "last": undefined,
      "max": 2147483647,
      "min": 1,
      "name": "counted_id_seq",
      "ownedBy": {
        "column": "id",
        "identity": false,
        "table": "counted",
      },
      "owner": "postgres",
      "readable": true,
      "schema": "public",
      "start": 1,
      "type": "integer",
    },
  ]
`));
test("publications and extended statistics", () =>
  expect([...told("publications"), ...told("statistics")]).toMatchInlineSnapshot(`
    [
      {
        "allTables": true,
        "columnLists": [],
        "name": "every",
        "operations": [
          "insert",
          "update",
          "delete",
          "truncate",
        ],
        "tables": [
          "My table",
          "child",
          "log_1",
          "log_2a",
          "base",
          "derived",
          "counted",
          "strict",
          "loose",
        ],
      },
      {
        "allTables": false,
        "columnLists": [],
        "name": "partly",
        "operations": [
          "insert",
          "delete",
        ],
        "tables": [
          "child",
          "base",
          "derived",
        ],
      },
      {
        "columns": [],
        "definition": "CREATE STATISTICS public.s_text ON lower(kind) FROM public.log_1",
        "name": "s_text",
        "schema": "public",
        "table": "log_1",
      },
      {
        "columns": [
          "a",
          "b",
        ],
        "definition": "CREATE STATISTICS public.s_loose (ndistinct, dependencies) ON a, b FROM public.loose",
        "name": "s_loose",
        "schema": "public",
        "table": "loose",
      },
    ]
  `));
test("schemas and extensions", () =>
  expect([...told("schemas"), ...told("extensions")]).toMatchInlineSnapshot(`
  [
    {
      "name": "Odd "one"",
      "owner": "postgres",
    },
    {
      "name": "empty",
      "owner": "postgres",
    },
    {
      "name": "public",
      "owner": "pg_database_owner",
    },
    {
      "defaultVersion": "1.6",
      "name": "pg_trgm",
      "schema": "public",
      "version": "1.6",
    },
  ]
`));

test("foreign keys with both their tables", () => {
  const keys = onServer("18").foreignKeys.map(({ table, columns, references, referenced, constraint: _, ...facts }) => ({
    from: [table.name, ...columns.map((column) => column.name)],
    to: [references.name, ...referenced.map((column) => column.name)],
    ...facts,
  }));
  expect(keys).toMatchInlineSnapshot(`
    [
      {
        "from": [
          "child",
          "parent",
        ],
        "match": "simple",
        "name": "child_parent_fkey",
        "onDelete": "cascade",
        "onUpdate": "no action",
        "referencedColumns": [
          "a b",
        ],
        "to": [
          "My table",
          "a b",
        ],
      },
      {
        "from": [
          "loose",
          "a",
          "b",
        ],
        "match": "simple",
        "name": "later",
        "onDelete": "no action",
        "onUpdate": "no action",
        "referencedColumns": [
          "a",
          "b",
        ],
        "to": [
          "strict",
          "a",
          "b",
        ],
      },
      {
        "from": [
          "loose",
          "a",
          "b",
        ],
        "match": "full",
        "name": "loose_a_b_fkey",
        "onDelete": "set default",
        "onUpdate": "set null",
        "referencedColumns": [
          "a",
          "b",
        ],
        "to": [
          "strict",
          "a",
          "b",
        ],
      },
    ]
  `);
});

test("views say with whose rights they read, and what", () => {
  const views = onServer("18").views.map(({ name, kind, owner, securityInvoker, securityBarrier, reads, definition }) => ({
    name,
    kind,
    owner,
    securityInvoker,
    securityBarrier,
    reads: reads.map((relation) => relation.name),
    definition: definition?.slice(0, 20),
  }));
  expect(views).toMatchInlineSnapshot(`
    [
      {
        "definition": " SELECT kind,
        co",
        "kind": "materialized view",
        "name": "mv",
        "owner": "postgres",
        "reads": [
          "log",
        ],
        "securityBarrier": false,
        "securityInvoker": false,
      },
      {
        "definition": " SELECT id
       FROM p",
        "kind": "view",
        "name": "seen",
        "owner": "postgres",
        "reads": [
          "base",
        ],
        "securityBarrier": true,
        "securityInvoker": true,
      },
      {
        "definition": " SELECT c.id,
        m.",
        "kind": "view",
        "name": "v1",
        "owner": "postgres",
        "reads": [
          "My table",
          "child",
        ],
        "securityBarrier": false,
        "securityInvoker": false,
      },
      {
        "definition": " SELECT id,
        m
      ",
        "kind": "view",
        "name": "v2",
        "owner": "postgres",
        "reads": [
          "v1",
        ],
        "securityBarrier": false,
        "securityInvoker": false,
      },
    ]
  `);
});

test("a table says who owns it, how it is replicated and secured, and whether somebody wrote a comment, never which", () => {
  const { tables } = onServer("18");
  const facts = (name: string) => {
    const { owner, persistence, replicaIdentity, rowSecurity, forcesRowSecurity, commented, children } =
      tables.find((table) => table.name === name) ?? expect.fail(name);
    return { owner, persistence, replicaIdentity, rowSecurity, forcesRowSecurity, commented, children };
  };
  expect({ base: facts("base"), fast: facts("fast"), log: facts("log") }).toMatchInlineSnapshot(`
    {
      "base": {
        "children": 1,
        "commented": true,
        "forcesRowSecurity": true,
        "owner": "postgres",
        "persistence": "permanent",
        "replicaIdentity": "full",
        "rowSecurity": true,
      },
      "fast": {
        "children": 0,
        "commented": false,
        "forcesRowSecurity": false,
        "owner": "postgres",
        "persistence": "unlogged",
        "replicaIdentity": "index",
        "rowSecurity": false,
      },
      "log": {
        "children": 2,
        "commented": false,
        "forcesRowSecurity": false,
        "owner": "postgres",
        "persistence": "permanent",
        "replicaIdentity": "default",
        "rowSecurity": false,
      },
    }
  `);
  expect(JSON.stringify(onServer("18"), (key, value) => (key === "table" ? undefined : value))).not.toContain("secret words");
});

test("a column says its default, identity, storage and statistics target", () => {
  const { tables } = onServer("18");
  const column = (table: string, name: string) =>
    tables.find((found) => found.name === table)?.columns.find((found) => found.name === name) ?? expect.fail(name);
  const facts = ({ default: value, identity, length, alignment, storage, statisticsTarget, commented }: ReturnType<typeof column>) =>
    [value, identity, length, alignment, storage, statisticsTarget, commented].join(" | ");
  expect([
    facts(column("child", "id")),
    facts(column("child", "note")),
    facts(column("counted", "id")),
    facts(column("counted", "code")),
    facts(column("My table", "up")),
    facts(column("base", "id")),
  ]).toMatchInlineSnapshot(`
    [
      " | always | 8 | 8 | plain |  | false",
      " |  | -1 | 4 | external | 500 | false",
      "nextval('public.counted_id_seq'::regclass) |  | 4 | 4 | plain |  | false",
      "7 |  | 2 | 2 | plain |  | false",
      " |  | -1 | 4 | extended |  | false",
      " |  | 4 | 4 | plain |  | true",
    ]
  `);
});

test("objects of extensions and of Postgres are left out", () => {
  const { tables, functions, schemas } = onServer("18");
  expect(functions.map((found) => found.name)).not.toContain("similarity");
  expect(schemas.map((schema) => schema.name)).toEqual(['Odd "one"', "empty", "public"]);
  expect(tables.filter((table) => table.schema.startsWith("pg_"))).toEqual([]);
});

test("a role with no rights at all reads what everybody may read, and nothing throws", async () => {
  for (const version of [15, 18] as const) {
    const { url } = await freshDatabase(
      version,
      [...statements, "create table used (id serial)", "insert into used default values"].join(";\n"),
    );
    const schema = await wholeSchema(await asStranger(version, url));
    const all = await wholeSchema(url);
    expect(schema.tables.map((table) => table.name)).toEqual(all.tables.map((table) => table.name));
    expect(inOrder(portable(schema).policies)).toEqual(inOrder(portable(all).policies));
    expect(schema.tables.filter((table) => table.readable).map((table) => table.name)).toEqual([]);
    const last = ({ sequences }: Schema) => sequences.find((sequence) => sequence.name === "used_id_seq")?.last;
    expect([last(all), last(schema)]).toEqual([1, undefined]);
  }
});

/** The same database, asked by somebody to whom nothing was granted. */
async function asStranger(version: 15 | 18, url: string): Promise<string> {
  const role = "do $$ begin create role stranger login password 'stranger'; exception when duplicate_object then null; end $$";
  await freshDatabase(version, role);
  return Object.assign(new URL(url), { username: "stranger", password: "stranger" }).href;
}

test("some tables bring what belongs to them, and the parents of their foreign keys, but not the rest of their schema", async () => {
  const schema = await readDatabase(urls["18"] ?? "", ({ settings, relations }, database) => {
    const chosen = relations.filter(({ name }) => name === "child" || name === "base").map(({ oid }) => oid);
    return readSchema(database, { settings, relations: chosen });
  });
  expect(schema.tables.map((table) => table.name)).toEqual(["base", "child"]);
  expect(schema.foreignKeys.map((key) => key.references.name)).toEqual(["My table"]);
  expect(schema.policies.map((policy) => policy.name)).toEqual(["a 'b'\nc", "mine"]);
  expect(schema.functions.map((found) => found.name)).toEqual(["touch it"]);
  expect(schema.sequences.map((sequence) => sequence.name)).toEqual(["child_id_seq"]);
  expect([...schema.schemas, ...schema.grants.filter((grant) => grant.on === "schema")]).toEqual([]);
});

/** Tables with keys, indexes and policies, as applications have them. */
const many = (count: number) => `
  do $$ begin
    for i in 1..${count} loop
      execute format('create table t%s (id bigint generated always as identity primary key, parent bigint references t%s, a text not null, b int default 1, c timestamptz default now(), d jsonb, e text check (length(e) > 0), f numeric, g bool, h uuid)', i, greatest(i - 1, 1));
      execute format('create index on t%s (parent)', i);
      execute format('create index on t%s (a, c) where g', i);
      execute format('create policy own on t%s using (id > 0)', i);
    end loop;
  end $$`;

const bare = (count: number) => `do $$ begin for i in 1..${count} loop execute format('create table t%s ()', i); end loop; end $$`;

async function counted(url: string) {
  return readDatabase(url, async ({ settings }, database) => {
    let statements = 0;
    const counting: Database = {
      read: (sql, values) => {
        statements += 1;
        return database.read(sql, values);
      },
    };
    const before = process.cpuUsage();
    const schema = await readSchema(counting, { settings });
    return { statements, schema, seconds: process.cpuUsage(before).user / 1e6 };
  });
}

test("300 tables take as many statements as 3, and 600 at most twice as many, for they are two pages", async () => {
  const few = await counted((await freshDatabase(18, many(3))).url);
  const hundreds = await counted((await freshDatabase(18, many(300))).url);
  expect(few.schema.tables).toHaveLength(3);
  expect(hundreds.schema).toMatchObject({ tables: { length: 300 }, policies: { length: 300 }, foreignKeys: { length: 300 } });
  expect(hundreds.statements).toBe(few.statements);
  expect(hundreds.seconds).toBeLessThan(1);
  const two = await counted((await freshDatabase(18, bare(600))).url);
  expect(new Set(two.schema.tables.map((table) => table.name)).size).toBe(600);
  expect(two.statements).toBeLessThan(2 * few.statements);
});

test("timeouts are those that somebody set for a role or a database", async () => {
  const { url } = await freshDatabase(
    18,
    `${surroundings[0]}; do $$ begin
       execute format('alter database %I set statement_timeout = $x$15s$x$', current_database());
       execute format('alter role catalog_reader in database %I set lock_timeout = 2000', current_database());
       execute format('alter role catalog_reader in database %I set work_mem = $x$8MB$x$', current_database());
     end $$`,
  );
  const { timeouts } = await readDatabase(url, ({ settings }) => settings);
  const database = new URL(url).pathname.slice(1);
  // Roles belong to the whole server, and other tests make some.
  expect(timeouts.filter((timeout) => timeout.database === database)).toEqual([
    { name: "lock_timeout", role: "catalog_reader", database, value: "2000" },
    { name: "statement_timeout", role: undefined, database, value: "15s" },
  ]);
});

test("activity is counted by user and state, without what anybody runs", async () => {
  const { url } = await freshDatabase(18);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  await client.query("select 'secret words'");
  const activity = await readDatabase(url, (_, database) => readActivity(database));
  await client.end();
  expect(activity).toMatchObject([{ user: "postgres", state: "idle in transaction", connections: 1, waitingForLock: 0 }]);
  expect(activity[0]?.oldestTransaction).toBeLessThan(60);
  expect(JSON.stringify(activity)).not.toContain("secret");
});
