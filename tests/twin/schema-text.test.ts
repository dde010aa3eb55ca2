import { expect, test } from "vitest";
import { readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { withoutPsqlLines } from "../../src/sql/psql.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../../src/twin/schema-text.ts";
import { fromText } from "./from-text.ts";
import { startTwin } from "./twin.ts";

const twin = startTwin();

async function load(text: string): Promise<{ loaded: Loaded; tables: readonly string[]; searchPath: readonly string[] }> {
  const statements = await parseStatements(withoutPsqlLines(text));
  return twin.use(needsOfText(statements), async (session) => {
    const loaded = await loadSchemaText(session, statements);
    const { settings, relations } = await readDirectory(session);
    const own = relations.filter((relation) => !relation.system).map((relation) => relation.oid);
    const { tables } = await readCatalog(session, { settings, relations: own, functions: [] });
    const tell = ({ schema, name, indexes }: (typeof tables)[number]) =>
      `${schema}.${name} (${indexes.map((index) => index.name).join(", ")})`;
    return { loaded, tables: tables.map(tell), searchPath: settings.searchPath };
  });
}

/** In the form that pg_dump 18 writes, rows included. */
const dump = String.raw`--
-- PostgreSQL database dump
--
\restrict k3yabc

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
SET default_table_access_method = heap;

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';

CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
begin new.at := now(); return new; end $$;
ALTER FUNCTION public.touch() OWNER TO shop_owner;

CREATE TABLE public.users (
    id bigint NOT NULL,
    email public.citext NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.users OWNER TO shop_owner;
CREATE SEQUENCE public.users_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);

COPY public.users (id, email, at) FROM stdin;
1	ada'); drop table x; --	2026-01-01 00:00:00+00
2	\N	\\
\.

SELECT pg_catalog.setval('public.users_id_seq', 2, true);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX users_email_idx ON public.users USING btree (email);
CREATE TRIGGER touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON TABLE public.users TO web_anon;
\unrestrict k3yabc
`;

test("a dump is loaded as it is: psql's lines, rows, rights and owners are passed over", async () => {
  const { loaded, tables } = await load(dump);
  expect(loaded.refused).toEqual([]);
  expect(tables).toEqual(["public.users (users_email_idx, users_pkey)"]);
});

test("migrations are loaded as they are: transactions, concurrent builds, changes on changes", async () => {
  const { loaded, tables } = await load(`
    begin; create table orders (id int); commit;
    alter table orders add column note text, add primary key (id);
    create unique index concurrently if not exists orders_note on orders (note);
    create index orders_old on orders (id); drop index concurrently orders_old;
    insert into orders values (1, 'x');
    do $$ begin create type mood as enum ('a'); exception when duplicate_object then null; end $$;
    alter table orders rename to sales;
    set search_path = app, public; create schema app; create table invoices (id int);`);
  expect(loaded.refused).toEqual([]);
  expect(tables).toEqual(["public.sales (orders_note, orders_pkey)", "app.invoices ()"]);
});

test("a value that one migration adds to an enum may be used by the next", async () => {
  const { loaded, tables } = await load(`
    create type mood as enum ('sad', 'happy');
    create table notes (id int primary key, felt mood not null default 'happy');
    alter type mood add value 'glad' before 'happy';
    alter type public.mood add value if not exists 'glad';
    alter type mood add value if not exists 'happy';
    alter type mood add value 'it''s';
    alter table notes alter column felt set default 'glad';
    create index notes_glad on notes (id) where felt = 'glad';
    create table more (id int primary key, felt mood default 'it''s', check (felt > 'sad' and felt < 'it''s'));`);
  expect(loaded.refused).toEqual([]);
  expect(tables).toEqual(["public.notes (notes_glad, notes_pkey)", "public.more (more_pkey)"]);
});

test("an added value stands where it was put, and the default of before still means what it did", async () => {
  const statements = await parseStatements(`
    create type mood as enum ('sad', 'happy'); create table notes (felt mood default 'happy');
    alter type mood add value 'glad' before 'happy'; alter type mood add value if not exists 'happy';
    create table ordered as select unnest(enum_range(null::mood)) as felt;`);
  const rows = await twin.use(needsOfText(statements), async (session) => {
    const { refused } = await loadSchemaText(session, statements);
    expect(refused).toEqual([]);
    await session.run(["insert into public.notes default values"]);
    return session.read(
      "select (select array_agg(felt::text order by felt) from public.ordered)::text as felt, felt::text as initial from public.notes",
    );
  });
  expect(rows).toEqual([{ felt: "{sad,glad,happy}", initial: "happy" }]);
});

test("a value that is there already is refused as Postgres refuses it, and one of a type that is not", async () => {
  const { loaded } = await load("create type mood as enum ('sad'); alter type mood add value 'sad'; alter type feeling add value 'sad'");
  expect(loaded.refused.map(({ refused }) => refused.message)).toEqual([
    'enum label "sad" already exists',
    'type "feeling" does not exist',
  ]);
});

test("a statement that Postgres refuses is told, with what is missing, and the rest is loaded", async () => {
  const { loaded, tables } = await load(
    "create extension postgis; create table places (id int, spot geometry); create table notes (id int)",
  );
  expect(loaded.missingExtensions).toEqual(["postgis"]);
  expect(loaded.refused.map(({ refused }) => refused.message)).toEqual(['type "geometry" does not exist']);
  expect(tables).toEqual(["public.notes ()"]);
});

test("what the text holds beside DDL is not run", async () => {
  const { tables } = await load("create table t (id int); drop table if exists t cascade; select 1; rollback; create table kept (id int)");
  expect(tables).toEqual(["public.kept ()"]);
});

const restored = `
create table users (id bigint primary key, email text); create index users_lower on users (lower(email));
SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180004'::integer, 'schemaname', 'public', 'relname', 'users', 'relpages', '90'::integer, 'reltuples', '5000'::real, 'relallvisible', '80'::integer, 'relallfrozen', '0'::integer);
SELECT * FROM pg_catalog.pg_restore_attribute_stats('version', '180004'::integer, 'schemaname', 'public', 'relname', 'users', 'attname', 'email', 'inherited', 'f'::boolean, 'null_frac', '0.25'::real, 'avg_width', '20'::integer, 'n_distinct', '-0.75'::real, 'most_common_vals', E'{"it''s","a\\\\\\\\b"}'::text, 'most_common_freqs', '{0.1,0.05}'::real[]);
SELECT * FROM pg_catalog.pg_restore_attribute_stats('version', '180004'::integer, 'schemaname', 'public', 'relname', 'users_lower', 'attnum', '1'::smallint, 'inherited', 'f'::boolean, 'n_distinct', '-1'::real);
create index users_email on users (email);`;

const statsIn = (text: string, only?: readonly string[]) =>
  fromText(twin, { text, ...(only && { only }) }, async ({ session, loaded, tables, sizes, grade }) => ({
    loaded,
    sizes,
    grade,
    sized: tables.map(({ name, rows, size }) => ({ name, rows, ...size })),
    values: await session.read(
      "select attname, n_distinct, most_common_vals::text as common from pg_stats where schemaname = 'public' order by 1",
    ),
  }));

test("the statistics that pg_dump writes become those of the twin, wherever they stand", async () => {
  const { loaded, sizes, grade, sized, values } = await statsIn(restored);
  expect([...loaded.restored]).toEqual(["public.users"]);
  expect({ refused: loaded.refused, notRestored: loaded.notRestored, sizes, grade }).toEqual({
    refused: [],
    notRestored: [],
    sizes: "measured",
    grade: "full",
  });
  expect(sized).toEqual([{ name: "users", rows: 5000, blocks: 90, pages: 90, tuples: 5000, allVisible: 80 }]);
  expect(values).toEqual([
    { attname: "email", n_distinct: -0.75, common: String.raw`{it's,"a\\b"}` },
    { attname: "lower", n_distinct: -1, common: null },
  ]);
});

test("rows that are told scale the sizes that a text brings along", async () => {
  const rowCounts = { users: 50_000 };
  const told = await fromText(twin, { text: restored, rowCounts }, async ({ tables, limits, sizes }) => ({
    ...tables[0]?.size,
    sizes,
    limits,
  }));
  expect(told).toEqual({
    ...{ blocks: 900, pages: 900, tuples: 50_000, allVisible: 800, sizes: "measured" },
    limits: ["the size of users in schema_sql, scaled to the rows that were told"],
  });
});

test("statistics of what is not there, and values that do not fit, are told and hold up nothing", async () => {
  const relation = (name: string) =>
    `select pg_restore_relation_stats('schemaname', 'public', 'relname', '${name}', 'relpages', 9, 'reltuples', 90::real);`;
  const { loaded, sized } = await statsIn(`create table a (id int); create table b (id int);
    ${relation("a")} ${relation("gone")}
    select pg_restore_attribute_stats('schemaname', 'public', 'relname', 'b', 'attname', 'id', 'inherited', false, 'most_common_vals', '{x}', 'most_common_freqs', '{1}'::real[]);`);
  expect(loaded.notRestored).toEqual(["public.gone", "public.b"]);
  expect(sized.map(({ name, rows }) => `${name} ${rows}`)).toEqual(["a 90", "b undefined"]);
});

test.each([
  "select pg_restore_relation_stats('schemaname', 'public', 'relname', 't', 'relpages', length('four'), 'reltuples', 4::real)",
  "select pg_restore_relation_stats('schemaname', 'public', 'relname', 't', 'relpages', (select 4), 'reltuples', 4::real)",
  "select pg_restore_relation_stats('schemaname', 'public', 'relname', 't', 'relpages', '4'::evil, 'reltuples', 4::real)",
  "select app.pg_restore_relation_stats('schemaname', 'public', 'relname', 't', 'relpages', 4, 'reltuples', 4::real)",
  "select pg_restore_relation_stats('schemaname', 'public', 'relname', 't', 'relpages', 4, 'reltuples', 4::real), 1",
  "select pg_clear_relation_stats('public', 't')",
  "select pg_restore_extended_stats('schemaname', 'public', 'statistics_name', 's')",
  "select pg_sleep(1000)",
])("%s is not run, and that is told", async (sql) => {
  const { loaded, sized } = await statsIn(`create table t (id int); ${sql};`);
  expect(sized.map(({ rows }) => rows)).toEqual([undefined]);
  expect(loaded.notRun.map(({ text }) => text)).toEqual([sql]);
});

test("what is told of the schema to search and of sequences is run, and an empty search path is not", async () => {
  const { loaded, sized } = await statsIn(`create schema app; create sequence app.ids;
    select pg_catalog.set_config('search_path', 'app', false); create table inside (id int);
    select pg_catalog.set_config('search_path', '', false); create table too (id int);
    select pg_catalog.setval('app.ids', 42, true); set check_function_bodies = false; select set_config('work_mem', '1GB', false);`);
  expect(loaded.refused).toEqual([]);
  expect(loaded.notRun).toEqual([]);
  expect(sized.map(({ name }) => name)).toEqual(["inside", "too"]);
});

test("a line of psql leaves the places of all others as they were", () => {
  const text = "\\connect shop\nselect 'é'\n\\.";
  expect(withoutPsqlLines(text)).toBe("             \nselect 'é'\n  ");
});

/** As `pg_dump --statistics` writes 500 tables of ten columns with two more indexes and a foreign key each. */
function largeDump(): string {
  const columns = Array.from({ length: 8 }, (_, column) => `c${column} text`).join(", ");
  return Array.from({ length: 500 }, (_, table) => {
    const size = (name: string) =>
      `SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180004'::integer, 'schemaname', 'public', 'relname', '${name}', 'relpages', '900'::integer, 'reltuples', '50000'::real, 'relallvisible', '800'::integer);`;
    const statistics = Array.from(
      { length: 8 },
      (_, column) =>
        `SELECT * FROM pg_catalog.pg_restore_attribute_stats('version', '180004'::integer, 'schemaname', 'public', 'relname', 't${table}', 'attname', 'c${column}', 'inherited', 'f'::boolean, 'null_frac', '0.1'::real, 'avg_width', '9'::integer, 'n_distinct', '-0.5'::real, 'most_common_vals', '{a,b,c}'::text, 'most_common_freqs', '{0.1,0.1,0.1}'::real[], 'histogram_bounds', '{d,e,f,g}'::text);`,
    );
    const parent = table === 0 ? "bigint" : `bigint references t${table - 1}`;
    return `CREATE TABLE t${table} (id bigint primary key, parent ${parent}, ${columns}); CREATE INDEX ON t${table} (c0); CREATE INDEX ON t${table} (parent, c1);
      ${size(`t${table}`)} ${size(`t${table}_pkey`)} ${statistics.join("\n")}`;
  }).join("\n");
}

test.runIf(process.env.LONG)(
  "a dump of 500 tables with statistics is loaded, and how long that takes is told",
  { timeout: 300_000 },
  async () => {
    const text = largeDump();
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const found = await statsIn(text, ["t7", "t499"]);
    process.stdout.write(
      `500 tables with statistics, ${text.length} characters: ${Math.round(performance.now() - start)} ms, ${Math.round(process.cpuUsage(cpu).user / 1000)} ms CPU\n`,
    );
    expect({ sizes: found.sizes, grade: found.grade, tables: found.sized.length }).toEqual({
      sizes: "measured",
      grade: "full",
      tables: 2,
    });
  },
);
