import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { parseFrontMatter } from "../../src/knowledge.ts";
import { openEmbedded } from "../postgres/embedded.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";

const yaml = await parseFrontMatter(`---\n${readFileSync(new URL("../../knowledge/search.yaml", import.meta.url), "utf8")}\n---\n`);
const known = new Set(
  Object.values(yaml.data.sections as Record<string, { readonly errors?: readonly string[] }>).flatMap(({ errors = [] }) => errors),
);

const postgres = await openEmbedded("vector", "btree_gist");
await postgres.exec(`
  create table accounts (id int primary key, name varchar(3), email text unique, amount numeric(4, 2), check (id < 1000));
  insert into accounts values (1, 'Ada', 'ada@example.com', 1), (2, null, null, 2);
  create table entries (id int primary key, account_id int not null references accounts, at timestamptz, payload jsonb);
  insert into entries values (1, 1, now(), '1');
  create table logs (at date not null) partition by range (at);
  create table logs_default partition of logs default;
  insert into logs values ('2026-01-01');
  create table months (at date not null) partition by range (at);
  create materialized view totals as select count(*) as n from accounts with no data;
  create materialized view filled as select count(*) as n from accounts;
  create sequence short maxvalue 2;
  select nextval('short'), nextval('short');
  create role visitor; create role guest;
  create table hidden (id serial primary key, owner int);
  create table guarded (id int); alter table guarded enable row level security; grant insert on guarded to guest;
  create table looping (id int); alter table looping enable row level security; grant select on looping to guest;
  create policy looping on looping using (id in (select id from looping));
  create function private_work() returns int language sql as 'select 1'; revoke execute on function private_work() from public;
  create extension vector; create extension btree_gist;
  create table rooms (room int, during int4range, exclude using gist (room with =, during with &&));
  insert into rooms values (1, '[1,5)');
  create table wide (id int, embedding vector(2001)); create table vectors (embedding vector(3));
  create procedure finish() language plpgsql as 'begin commit; end';`);
afterAll(() => postgres.close());

/** The text that search.yaml has, its SQLSTATE, and what raises it. */
const raised: readonly (readonly [text: string, code: string, sql: string])[] = [
  [
    "index row size exceeds btree version 4 maximum 2704 for index",
    "54000",
    "create table long (body text primary key); alter table long alter body set storage plain; insert into long select string_agg(md5(n::text), '') from generate_series(1, 200) n",
  ],
  ["CREATE INDEX CONCURRENTLY cannot run inside a transaction block", "25001", "begin; create index concurrently on accounts (name)"],
  ["DROP INDEX CONCURRENTLY cannot run inside a transaction block", "25001", "begin; drop index concurrently accounts_email_key"],
  ["window functions are not allowed in WHERE", "42P20", "select from accounts where row_number() over () = 1"],
  [
    "recursive query does not have the form non-recursive-term UNION [ALL] recursive-term",
    "42P19",
    "with recursive a as (select id from a) select from a",
  ],
  ["cannot extract elements from a scalar", "22023", "select jsonb_array_elements(payload) from entries"],
  ["invalid input syntax for type json", "22P02", "select '{'::json"],
  [
    "there is no unique or exclusion constraint matching the ON CONFLICT specification",
    "42P10",
    "insert into accounts values (3) on conflict (name) do nothing",
  ],
  [
    "ON CONFLICT DO UPDATE command cannot affect row a second time",
    "21000",
    "insert into accounts (id) values (5), (5) on conflict (id) do update set name = 'x'",
  ],
  ["duplicate key value violates unique constraint", "23505", "insert into accounts values (1)"],
  ["no partition of relation found for row", "23514", "insert into months values ('2026-01-01')"],
  [
    "unique constraint on partitioned table must include all partitioning columns",
    "0A000",
    "create table parts (id int primary key, at date) partition by range (at)",
  ],
  [
    "updated partition constraint for default partition would be violated by some row",
    "23514",
    "create table logs_2026 partition of logs for values from ('2026-01-01') to ('2027-01-01')",
  ],
  ["cannot refresh materialized view concurrently", "55000", "refresh materialized view concurrently filled"],
  ["materialized view has not been populated", "55000", "select n from totals"],
  ["functions in index expression must be marked IMMUTABLE", "42P17", "create index on entries (date_trunc('day', at))"],
  ["column reference is ambiguous", "42702", "select id from accounts, entries"],
  ["invalid transaction termination", "2D000", "begin; call finish()"],
  ["generation expression is not immutable", "42P17", "alter table entries add day text generated always as (at::text) stored"],
  ["text search configuration does not exist", "42704", "select to_tsvector('klingon', 'a')"],
  ["column cannot have more than 2000 dimensions for hnsw index", "54000", "create index on wide using hnsw (embedding vector_l2_ops)"],
  ["expected dimensions, not", "22000", "insert into vectors values ('[1,2]')"],
  ["different vector dimensions", "22000", "select '[1,2]'::vector <=> '[1,2,3]'::vector"],
  ["extension is not available", "0A000", "create extension postgis"],
  ["cannot execute INSERT in a read-only transaction", "25006", "begin read only; insert into accounts values (9)"],
  ["permission denied for table", "42501", "begin; set local role visitor; select from hidden"],
  ["permission denied for sequence", "42501", "begin; set local role visitor; select nextval('hidden_id_seq')"],
  ["permission denied for function", "42501", "begin; set local role visitor; select private_work()"],
  ["must be owner of table", "42501", "begin; set local role visitor; alter table accounts add x int"],
  ["permission denied to create role", "42501", "begin; set local role visitor; create role another"],
  ["role does not exist", "42704", "grant select on accounts to nobody"],
  ["aggregate functions are not allowed in WHERE", "42803", "select from accounts where count(*) > 1"],
  [
    "there is no unique constraint matching given keys for referenced table",
    "42830",
    "create table c (n varchar(3) references accounts (name))",
  ],
  ["must appear in the GROUP BY clause or be used in an aggregate function", "42803", "select name, count(*) from accounts"],
  ["relation does not exist", "42P01", "select from nowhere"],
  ["column does not exist", "42703", "select nothing from accounts"],
  ["division by zero", "22012", "select 1 / 0"],
  ["nextval reached maximum value of sequence", "2200H", "select nextval('short')"],
  ["integer out of range", "22003", "select 2147483647 + 1"],
  ["invalid input syntax for type", "22P02", "select 'x'::int"],
  ["numeric field overflow", "22003", "insert into accounts values (4, null, null, 1000)"],
  ["value too long for type character varying", "22001", "insert into accounts values (4, 'abcd')"],
  ["conflicting key value violates exclusion constraint", "23P01", "insert into rooms values (1, '[2,3)')"],
  ["violates foreign key constraint", "23503", "insert into entries values (2, 99)"],
  ["update or delete on table violates foreign key constraint", "23503", "delete from accounts where id = 1"],
  ['syntax error at or near "user"', "42601", "create table user (id int)"],
  ["syntax error at or near", "42601", "selec 1"],
  ["unterminated quoted string", "42601", "select 'a"],
  ['unrecognized configuration parameter "app.tenant_id"', "42704", "select current_setting('app.tenant_id')"],
  ["column contains null values", "23502", "alter table accounts alter name set not null"],
  ["check constraint is violated by some row", "23514", "alter table accounts add check (id > 1)"],
  ["new row violates row-level security policy for table", "42501", "begin; set local role guest; insert into guarded values (1)"],
  ["infinite recursion detected in policy for relation", "42P17", "begin; set local role guest; select from looping"],
  ["prepared statement already exists", "42P05", "prepare twice as select 1; prepare twice as select 1"],
  ["prepared statement does not exist", "26000", "execute never"],
];

/** Without the names and numbers of one occurrence, as the texts of search.yaml are; each of its words in order. */
function says(message: string, text: string): boolean {
  const words = text.split(/\s+/).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(words.join("\\s+(?:\\S+\\s+){0,4}?"), "i").test(message.replaceAll(/:(?=\s)/g, "").replaceAll(/\s+/g, " "));
}

test.each(raised)("“%s” is what Postgres says, with %s", async (text, code, sql) => {
  expect(known).toContain(text);
  const error: unknown = await postgres.exec(sql).then(
    () => undefined,
    (raised: unknown) => raised,
  );
  await postgres.exec("rollback; deallocate all");
  expect(error).toMatchObject({ code });
  expect(says((error as Error).message, text), (error as Error).message).toBe(true);
});

/** Those that need a second session or a clock, on a real server: what is done first by another, then what fails. */
const waited: readonly (readonly [text: string, code: string, first: string, sql: string])[] = [
  ["canceling statement due to statement timeout", "57014", "select 1", "set statement_timeout = '20ms'; select pg_sleep(5)"],
  ["canceling statement due to lock timeout", "55P03", "begin; lock table rows", "set lock_timeout = '20ms'; select n from rows"],
  ["could not obtain lock on row in relation", "55P03", "begin; update rows set n = n", "select n from rows for update nowait"],
  ["terminating connection due to transaction timeout", "25P04", "select 1", "set transaction_timeout = '20ms'; begin; select pg_sleep(5)"],
  ["canceling statement due to user request", "57014", "select 1", "select pg_cancel_backend(pg_backend_pid()), pg_sleep(5)"],
];

const { url } = await freshDatabase(18, "create table rows (n int); insert into rows values (1)");

async function session(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

test.each(waited)("“%s” is what a server says, with %s", async (text, code, first, sql) => {
  expect(known).toContain(text);
  const [other, client] = [await session(), await session()];
  try {
    await other.query(first);
    const error: unknown = await client.query(sql).catch((raised: unknown) => raised);
    expect(error).toMatchObject({ code, message: expect.stringContaining(text.split(" in relation")[0] ?? text) });
  } finally {
    await other.end();
    await client.end().catch(() => undefined);
  }
});

test("a row that another transaction changed cannot be serialized", async () => {
  const [other, client] = [await session(), await session()];
  await client.query("begin isolation level repeatable read; select n from rows");
  await other.query("update rows set n = n + 1");
  await expect(client.query("update rows set n = n + 1")).rejects.toMatchObject({
    code: "40001",
    message: "could not serialize access due to concurrent update",
  });
  expect(known).toContain("could not serialize access due to concurrent update");
  const aborted = "current transaction is aborted, commands ignored until end of transaction block";
  await expect(client.query("select 1")).rejects.toMatchObject({ code: "25P02", message: aborted });
  expect(known).toContain(aborted);
  await Promise.all([other.end(), client.end()]);
});
