import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { schema as shop } from "../../src/demo/shop.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { asked, told } from "./asked.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "compare-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const migrations = {
  "001_customers.sql": "create table customers (id bigint primary key, email text not null);",
  "002_orders.sql": "create table orders (id bigint primary key, customer_id bigint not null references customers, total numeric);",
  "003_index.sql": "create index concurrently orders_customer on orders (customer_id);",
};

async function migrationFolder(): Promise<string> {
  const path = join(await folder(), "migrations");
  await mkdir(path);
  for (const [name, sql] of Object.entries(migrations)) await writeFile(join(path, name), sql);
  return path;
}

test.each([15, 18] as const)("PostgreSQL %i and the text that made it do not differ", async (version) => {
  const { url } = await freshDatabase(version, shop);
  const { compared, verdict } = await asked(url, { compare_to: shop });
  expect(told(compared)).toEqual([]);
  expect(verdict).toBe(`Verdict: no difference from compare_to in ${compared.objects} objects.`);
  expect(compared.objects).toBeGreaterThan(20);
});

test("servers of 15 and 18 that were made alike differ in no object", async () => {
  const [old, current] = [await freshDatabase(15, shop), await freshDatabase(18, shop)];
  const { compared } = await asked(old.url, { compare_to: "Current" }, { DATABASE_URL_CURRENT: current.url });
  expect(compared.with).toBe("current");
  expect(told(compared).filter((line) => !/^(server|role) setting/.test(line))).toEqual([]);
});

test("a database that drifted from its migrations is told, what its tool keeps is not", async () => {
  const drift = `alter table customers add phone text; drop index orders_customer; alter table orders alter total set default 0;
    create table schema_migrations (version text primary key)`;
  const { url } = await freshDatabase(18, `${Object.values(migrations).join("\n").replace("concurrently", "")} ${drift}`);
  const { compared, limits } = await asked(url, { compare_to: await migrationFolder() });
  expect(told(compared)).toEqual([
    "column public.orders.total: default",
    "index public.orders_customer: only there",
    "column public.customers.phone: only here",
  ]);
  expect(compared.closing.sql.split("\n").slice(1)).toEqual([
    "alter table public.orders alter column total drop default;",
    "CREATE INDEX orders_customer ON public.orders USING btree (customer_id);",
    "-- These take away what nothing brings back. Uncomment what you mean:",
    "-- the values of public.customers.phone, which is only here",
    "-- alter table public.customers drop column phone;",
  ]);
  expect(limits).toContain("tables in which tools keep which migrations have run");
});

test("a snapshot is compared as its database was", async () => {
  const { url } = await freshDatabase(18, "create table notes (id int primary key, body text)");
  const file = join(await folder(), "notes.json");
  execFileSync(process.execPath, [program, "snapshot", file], { env: { DATABASE_URL: url }, stdio: "pipe" });
  expect(told((await asked(url, { compare_to: file })).compared)).toEqual([]);
  const { compared } = await asked(undefined, { schema_sql: "create table notes (id bigint primary key)", compare_to: file });
  expect(told(compared)).toEqual(["column public.notes.id: type", "column public.notes.body: only there"]);
  expect(compared.closing.destroys).toEqual(["what of the values of public.notes.id does not fit into integer"]);
});

test("only what was asked for is compared", async () => {
  const there = "create table a (id int); create table b (id int); create schema s; create table s.c (id int)";
  expect(
    told((await asked(undefined, { schema_sql: "select 1; create table d ()", compare_to: there, tables: ["b", "s.c"] })).compared),
  ).toEqual(["table public.b: only there", "table s.c: only there"]);
  expect(told((await asked(undefined, { schema_sql: "create table d ()", compare_to: there, schemas: ["s"] })).compared)).toEqual([
    "schema s: only there",
    "table s.c: only there",
  ]);
});

test("a place that is none is told with those that there are", async () => {
  const databases = { DATABASE_URL_STAGING: "postgres://reader@127.0.0.1:1/shop" };
  await expect(asked(undefined, { schema_sql: "create table a ()", compare_to: "production" }, databases)).rejects.toThrow(
    "compare_to names no database, folder or file: production. There are staging. Or pass a folder of migrations",
  );
});

test("over HTTP a file cannot be named, and DDL text can", async () => {
  const http = { BACKEND_DB_MCP_HTTP: "127.0.0.1:0" };
  const refused = asked(undefined, { schema_sql: "create table a ()", compare_to: "migrations" }, http);
  await expect(refused).rejects.toThrow("refused: Over HTTP no file can be named");
  const { compared } = await asked(undefined, { schema_sql: "create table a ()", compare_to: "create table b ()" }, http);
  expect(told(compared)).toEqual(["table public.b: only there", "table public.a: only here"]);
});

test("what the twin cannot hold is compared as its servers print it, and said to be left", async () => {
  const remote = (column: string, table: string) => `
    create extension postgres_fdw;
    create server far foreign data wrapper postgres_fdw options (host 'h');
    create foreign table remote (id int, ${column} text) server far options (table_name '${table}');
    create view over_remote as select id from remote;
    create table own (id int primary key)`;
  const here = await freshDatabase(18, remote("a", "x"));
  const there = await freshDatabase(18, `${remote("b", "y")}; create index on own ((id + 1))`);
  const { compared, limits, text } = await asked(here.url, { compare_to: "far" }, { DATABASE_URL_FAR: there.url });
  expect(told(compared)).toEqual([
    "table public.remote: kind",
    "column public.remote.b: only there",
    "index public.own_expr_idx: only there",
    "column public.remote.a: only here",
  ]);
  expect(compared.closing).toMatchObject({
    sql: "-- Makes the database as far is, statement by statement.\nCREATE INDEX own_expr_idx ON public.own USING btree (((id + 1)));",
    refused: [],
    left: ["table public.remote: kind", "column public.remote.b: only there", "column public.remote.a: only here"],
  });
  expect(limits).toContain(
    "extension postgres_fdw, table public.remote, view public.over_remote (here): the twin cannot hold it, so it was compared as its server prints it, and nothing about it was run",
  );
  expect(text).toContain("left are table public.remote: kind; column public.remote.b: only there");
});

test("owners, settings of roles and indexes that a build left behind are told of servers, and their statements were not run", async () => {
  const role =
    "do $$ begin if not exists (select from pg_roles where rolname = 'compare_owner') then create role compare_owner; end if; end $$;";
  const table = `${role} create table notes (id int primary key, body text); create index notes_body on notes (body);`;
  const setting = `do $$ begin execute format('alter database %I set work_mem to ''8MB''', current_database()); end $$;`;
  const here = await freshDatabase(18, `${table} update pg_index set indisvalid = false where indexrelid = 'notes_body'::regclass`);
  const there = await freshDatabase(18, `${table} alter table notes owner to compare_owner; ${setting}`);
  const { compared } = await asked(here.url, { compare_to: "there" }, { DATABASE_URL_THERE: there.url });
  expect(told(compared)).toEqual([
    "table public.notes: owner",
    "index public.notes_body: valid",
    "role setting all roles in this database: work_mem: only there",
  ]);
  expect(compared.closing.not_run).toEqual([
    "alter table public.notes owner to compare_owner",
    "reindex index concurrently public.notes_body",
    `alter database ${new URL(here.url).pathname.slice(1)} set work_mem to '8MB'`,
  ]);
});

test.each([
  ["numeric(10,2)", "numeric(12,2)", "99999999.99"],
  ["numeric(10,2)", "numeric(13,4)", "-99999999.99"],
  ["character varying(5)", "character varying(9)", "'äöüßé'"],
  ["character varying(5)", "text", "'äöüßé'"],
  ["timestamp(0) without time zone", "timestamp(3) without time zone", "'2026-01-01 12:00:59'"],
  ["integer", "bigint", "2147483647"],
])("a type that takes all values of the other destroys nothing: %s to %s", async (from, to, value) => {
  const there = `create table notes (id int primary key, v ${to})`;
  const { compared } = await asked(undefined, { schema_sql: `create table notes (id int primary key, v ${from})`, compare_to: there });
  expect(compared.closing.destroys).toEqual([]);
  const { url } = await freshDatabase(18, `create table notes (id int primary key, v ${from}); insert into notes values (1, ${value})`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const kept = async () => (await client.query(`select v = ${value} as kept from notes`)).rows;
  expect(await kept()).toEqual([{ kept: true }]);
  await client.query(compared.closing.sql);
  expect(await kept()).toEqual([{ kept: true }]);
  await client.end();
});

test.each([
  ["numeric(10,2)", "numeric(11,4)", "99999999.99"],
  ["numeric(10,2)", "numeric(12,1)", "0.01"],
  ["character varying(9)", "character varying(5)", "'äöüßéä'"],
  ["timestamp(3) without time zone", "timestamp(0) without time zone", "'2026-01-01 12:00:59.123'"],
])("a type that does not is told, and not run: %s to %s", async (from, to, value) => {
  const there = `create table notes (id int primary key, v ${to})`;
  const { compared } = await asked(undefined, { schema_sql: `create table notes (id int primary key, v ${from})`, compare_to: there });
  expect(compared.closing.destroys).toHaveLength(1);
  const { url } = await freshDatabase(18, `create table notes (id int primary key, v ${from}); insert into notes values (1, ${value})`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const lost = await client.query(`alter table notes alter column v type ${to} using v::${to}`).then(
    async () => (await client.query(`select v = ${value} as kept from notes`)).rows[0].kept === false,
    () => true,
  );
  expect(lost).toBe(true);
  await client.end();
});
