import { expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connectOnce } from "./client.ts";

const schema = `
do $$ begin create role report_reader; exception when duplicate_object then null; end $$;
create table customers (id serial primary key, name text);
create table orders (id int primary key, customer_id int references customers, note text);
create view report as select id from orders;
grant select on report to report_reader;
create schema given;
alter default privileges in schema given grant select on tables to report_reader;
create view given.report as select id from orders;
create function slug(t text) returns text language sql immutable as $$ select lower(t) $$;
create table pages (title text);
create index pages_slug_idx on pages (slug(title));
create publication sales for table orders;
create schema guarded;
create table guarded.a (id int primary key); alter table guarded.a enable row level security;
create table guarded.b (id int primary key); alter table guarded.b enable row level security;
`;

const sql = `set lock_timeout = '2s';
drop view report;
create view report as select id, note from orders;
drop view given.report;
create view given.report as select id, note from orders;
create or replace function slug(t text) returns text language sql immutable as $$ select upper(t) $$;
alter table orders add column state text;
create table guarded.c (id int primary key);
alter table customers alter column id type bigint;
alter table orders drop constraint orders_pkey;
create index concurrently orders_note_idx on orders (note);
create index concurrently again on orders (note);`;

const told = [
  "migration/grants-lost 2",
  "migration/function-replace-dependency 6",
  "migration/publication-schema-drift 7",
  "migration/rls-not-enabled-new-table 8",
  "migration/alter-column-type-fk-cascade 9",
  "migration/sequence-type-mismatch 9",
  "migration/drop-constraint-unused-by-planner 10",
  "migration/replica-identity-missing 10",
  "migration/index-already-exists 12",
];

interface Found {
  readonly findings: readonly { readonly rule: string; readonly span: { readonly line: number } }[];
}

async function findingsOf(url: string | undefined, more: object): Promise<readonly string[]> {
  const client = await connectOnce(url);
  const { structuredContent } = await client.callTool({ name: "migration_checklist", arguments: { sql, ...more } });
  const { findings } = structuredContent as unknown as Found;
  const mine = new Set(told.map((line) => line.split(" ")[0]));
  return findings.filter(({ rule }) => mine.has(rule)).map(({ rule, span }) => `${rule} ${span.line}`);
}

test.each([15, 18] as const)(
  "grants, publications, policies and stored results of a live PostgreSQL %i are known, though the twin has none",
  async (version) => {
    // A table without a row is nobody's to wait for.
    const { url } = await freshDatabase(version, `${schema} insert into customers default values; insert into orders values (1, 1);`);
    expect((await findingsOf(url, {})).toSorted()).toEqual(told.toSorted());
  },
);

test("those that DDL text tells are known too", async () => {
  expect((await findingsOf(undefined, { schema_sql: schema })).toSorted()).toEqual(told.toSorted());
});
