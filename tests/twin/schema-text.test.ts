import { expect, test } from "vitest";
import { readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { withoutPsqlLines } from "../../src/sql/psql.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../../src/twin/schema-text.ts";
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
    insert into orders values (1, 'x');
    do $$ begin create type mood as enum ('a'); exception when duplicate_object then null; end $$;
    alter table orders rename to sales;
    set search_path = app, public; create schema app; create table invoices (id int);`);
  expect(loaded.refused).toEqual([]);
  expect(tables).toEqual(["public.sales (orders_note, orders_pkey)", "app.invoices ()"]);
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

test("a line of psql leaves the places of all others as they were", () => {
  const text = "\\connect shop\nselect 'é'\n\\.";
  expect(withoutPsqlLines(text)).toBe("             \nselect 'é'\n  ");
});
