import { expect, test } from "vitest";
import char from "../../../src/rules/schema/char.ts";
import godTable from "../../../src/rules/schema/god-table.ts";
import json from "../../../src/rules/schema/json.ts";
import money from "../../../src/rules/schema/money.ts";
import regTypesInTable from "../../../src/rules/schema/reg-types-in-table.ts";
import serialColumn from "../../../src/rules/schema/serial-column.ts";
import timestamp from "../../../src/rules/schema/timestamp.ts";
import timetz from "../../../src/rules/schema/timetz.ts";
import uuidStoredAsText from "../../../src/rules/schema/uuid-stored-as-text.ts";
import uuidv4PrimaryKey from "../../../src/rules/schema/uuidv4-primary-key.ts";
import varchar from "../../../src/rules/schema/varchar.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const table = (columns: string) => `create table t (id int primary key, ${columns});`;
const one = async <Row>(sql: string) => (await postgres.query<Row>(sql)).rows[0];

judge(money, {
  bad: {
    "an amount": { sql: table("total money"), says: "t.total is money, whose sign and decimals", fix: null },
    "one of few rows": {
      sql: `${table("total money")} insert into t values (1, '12.50'); analyze t`,
      says: "t.total is money",
      fix: "alter table t alter column total type numeric using total::numeric;",
    },
    "two, told once": { sql: table("a money, b money"), says: "t.a and t.b are money" },
  },
  good: { numeric: table("total numeric"), "a partition, told at its parent": "create table p (id int) partition by list (id)" },
});

test("money has no fraction of a cent", async () => {
  const shown = await within(table("total money"), async () => {
    await postgres.exec("insert into t values (1, '12.505')");
    return one<{ total: string; exact: string }>("select total::text as total, total::numeric::text as exact from t");
  });
  expect(shown?.exact).toBe("12.51");
});

judge(json, {
  bad: {
    "a document": {
      sql: `${table("doc json")} insert into t values (1, '{"a": 1}'); analyze t`,
      says: "t.doc is json, which is kept as text",
      fix: "alter table t alter column doc type jsonb using doc::jsonb;",
    },
    "one with a default, which has a type too": {
      sql: `${table("doc json default '{}'")} insert into t values (1); analyze t`,
      says: "t.doc is json",
      fix: null,
    },
  },
  good: { jsonb: table("doc jsonb") },
});

test("json has no equality and no index for what is inside", async () => {
  await expect(within(table("doc json"), () => postgres.query("select distinct doc from t"))).rejects.toThrow(
    "could not identify an equality operator",
  );
  await expect(within(table("doc json"), () => postgres.exec("create index on t using gin (doc)"))).rejects.toThrow(
    "no default operator class",
  );
});

judge(char, {
  bad: {
    "a padded one": {
      sql: `${table("code char(10)")} insert into t values (1, 'a'); analyze t`,
      says: "t.code is padded with blanks to a fixed length",
      fix: "alter table t alter column code type text using code::text;",
    },
  },
  good: { "two letters": table("country char(2)"), text: table("code text"), 'the type "char"': table('kind "char"') },
});

test("blanks of char(n) take room, count for nothing and come back", async () => {
  const told = await within(`${table("code char(10)")} insert into t values (1, 'ab')`, () =>
    one("select octet_length(code) as bytes, code = 'ab' as same, code like 'ab' as alike, code = 'ab   '::char(5) as padded from t"),
  );
  expect(told).toEqual({ bytes: 10, same: true, alike: false, padded: true });
});

judge(timetz, {
  bad: {
    "a time of no day": { sql: table("opens time with time zone"), says: "t.opens is a time with a zone and without a day", fix: null },
  },
  good: { time: table("opens time"), "a moment": table("at timestamptz") },
});

judge(timestamp, {
  bad: {
    "whole seconds": {
      sql: `${table("at timestamptz(0)")} insert into t values (1, now()); analyze t`,
      says: "t.at is rounded to whole seconds",
      fix: "alter table t alter column at type timestamp with time zone using at::timestamp with time zone;",
    },
  },
  good: { microseconds: table("at timestamptz"), milliseconds: table("at timestamptz(3)") },
});

test("timestamp(0) rounds up into what is still to come", async () => {
  const told = await one("select '2026-01-01 00:00:00.5'::timestamp(0)::text as rounded");
  expect(told).toEqual({ rounded: "2026-01-01 00:00:01" });
});

judge(serialColumn, {
  bad: {
    serial: { sql: "create table t (id serial primary key)", says: "t.id is serial rather than identity" },
    "two tables, told once": {
      sql: "create table a (id serial primary key); create table b (id bigserial primary key)",
      says: "a.id and b.id are serial",
    },
  },
  good: {
    identity: "create table t (id int generated always as identity primary key)",
    "a sequence of its own": "create sequence s; create table t (id int primary key default nextval('s'))",
  },
});

test("who may insert needs a right on the sequence too, and not on that of an identity column", async () => {
  const refused = (column: string) =>
    within(
      `create role web; create table t (id ${column} primary key, n int); grant usage on schema public to web; grant insert on t to web; set local role web`,
      () => postgres.exec("insert into t (n) values (1)"),
    );
  await expect(refused("serial")).rejects.toThrow("permission denied for sequence t_id_seq");
  await refused("int generated always as identity");
  await expect(
    within("create table t (id serial primary key, n int); insert into t values (1, 1)", () =>
      postgres.exec("insert into t (n) values (1)"),
    ),
  ).rejects.toThrow("duplicate key");
});

judge(varchar, {
  bad: { "the usual 255": { sql: table("a varchar(255), b varchar(255)"), says: "t.a and t.b have a limit of characters" } },
  good: { "a length that somebody chose": table("a varchar(40)"), text: table("a text") },
});

judge(uuidStoredAsText, {
  bad: {
    "a name": {
      sql: `${table("device_uuid text")} analyze t`,
      says: "t.device_uuid holds uuids as text: 37 bytes each",
    },
    "a default": { sql: "create table t (id text primary key default gen_random_uuid())", says: "t.id holds uuids", fix: null },
    "a token that is looked up": {
      sql: `${table("token text not null default gen_random_uuid()")} create unique index on t (token)`,
      says: "t.token holds uuids",
      fix: null,
    },
    "an id of 36 characters": { sql: table("user_id varchar(36)"), says: "t.user_id holds uuids" },
    "values of that length": {
      sql: `${table("guid text")} insert into t values (1, gen_random_uuid()); analyze t`,
      says: "t.guid holds uuids",
      fix: "alter table t alter column guid type uuid using guid::uuid;",
    },
  },
  good: {
    uuid: table("device_uuid uuid"),
    "values of another length": `${table("guid text")} insert into t values (1, 'x'); analyze t`,
    "an id of whatever length": table("user_id text"),
    "a secret that nothing looks up": table("token text not null default gen_random_uuid()"),
  },
});

test("a uuid takes 16 bytes and as text 37", async () => {
  const bytes = await within(`${table("a uuid, b text")} insert into t select 1, u, u from gen_random_uuid() u`, () =>
    one("select pg_column_size(a) as uuid, pg_column_size(b) as text from t"),
  );
  expect(bytes).toEqual({ uuid: 16, text: 37 });
});

judge(uuidv4PrimaryKey, {
  bad: {
    "a random key": {
      sql: "create table t (id uuid primary key default gen_random_uuid())",
      says: "The key of t is random",
      fix: "alter table t alter column id set default uuidv7();",
    },
    "two, told once": {
      sql: "create table a (id uuid primary key default gen_random_uuid()); create table b (id uuid primary key default gen_random_uuid())",
      says: "The keys of a and b are random",
    },
  },
  good: {
    "an ordered one": "create table t (id uuid primary key default uuidv7())",
    "few rows": "create table t (id uuid primary key default gen_random_uuid()); insert into t default values; analyze t",
    "a column that is no key": table("token uuid default gen_random_uuid()"),
  },
});

judge(regTypesInTable, {
  bad: {
    "a function": { sql: table("f regprocedure"), says: "t.f is regprocedure, and pg_upgrade refuses" },
    "a list of them": { sql: table("f regproc[]"), says: "t.f is regproc[]" },
    "one of few rows": {
      sql: `${table("f regprocedure")} insert into t values (1, 'abs(int)'); analyze t`,
      says: "t.f",
      fix: "alter table t alter column f type text;",
    },
  },
  good: { "those that are taken along": table("a regclass, b regrole, c regtype") },
});

const wide = (columns: number) => table(Array.from({ length: columns }, (_, place) => `c${place}x int`).join(", "));

judge(godTable, {
  bad: { "sixty columns": { sql: wide(59), says: "t has 60 columns, 59 of them optional" } },
  good: { "fewer of them": wide(40) },
});
