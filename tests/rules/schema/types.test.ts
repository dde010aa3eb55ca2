import { expect, test } from "vitest";
import disabledTrigger from "../../../src/rules/schema/disabled-trigger.ts";
import extensionInPublic from "../../../src/rules/schema/extension-in-public.ts";
import extensionOutdated from "../../../src/rules/schema/extension-outdated.ts";
import floatForMoney from "../../../src/rules/schema/float-for-money.ts";
import publishedTableWithoutReplicaIdentity from "../../../src/rules/schema/published-table-without-replica-identity.ts";
import typeTimestampWithoutTz from "../../../src/rules/schema/type-timestamp-without-tz.ts";
import unloggedTable from "../../../src/rules/schema/unlogged-table.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

judge(typeTimestampWithoutTz, {
  bad: {
    "a timestamp without a time zone": {
      sql: "create table orders (id bigint primary key, created_at timestamp)",
      says: "orders.created_at is timestamp without time zone",
    },
    "several of a table as one thing, whatever their precision": {
      sql: "create table orders (id bigint primary key, created_at timestamp(3), paid_at timestamp)",
      says: "orders.created_at, orders.paid_at are timestamp without time zone",
    },
  },
  good: {
    timestamptz: "create table orders (id bigint primary key, created_at timestamptz, day date)",
    "a view, which has its table's type":
      "create table orders (id bigint primary key); create view v as select now()::timestamp as at from orders",
  },
});

test("the same text in a timestamp is another moment in another zone, and in a timestamptz it is not", async () => {
  const rows = await within(
    "create table t (a timestamp, b timestamptz); set local timezone = 'Europe/Paris'; insert into t values ('2026-07-01 12:00', '2026-07-01 12:00')",
    async () => {
      const read = async (zone: string) => {
        await postgres.exec(`set local timezone = '${zone}'`);
        return (await postgres.query("select extract(epoch from a::timestamptz)::int as a, extract(epoch from b)::int as b from t"))
          .rows[0] as { a: number; b: number };
      };
      return [await read("Europe/Paris"), await read("America/New_York")] as const;
    },
  );
  expect(rows[0].b).toBe(rows[1].b);
  expect(rows[0].a).not.toBe(rows[1].a);
});

judge(floatForMoney, {
  bad: {
    "a price that is a float": {
      sql: "create table products (id bigint primary key, price double precision)",
      says: "products.price is double precision, which holds no cents exactly",
      fix: null,
    },
    "a total of real in a small table": {
      sql: "create table orders (id bigint primary key, total_amount real); insert into orders values (1, 2); analyze orders",
      says: "orders.total_amount is real",
      fix: "alter table orders alter column total_amount type numeric;",
    },
  },
  good: {
    numeric: "create table products (id bigint primary key, price numeric(10, 2))",
    "a float that is no money": "create table shapes (id bigint primary key, width real, total_length double precision)",
  },
});

test("three dimes of float are not thirty cents", async () => {
  const [row] = (await postgres.query("select 0.1::float8 + 0.2::float8 = 0.3::float8 as float, 0.1::numeric + 0.2 = 0.3 as numeric")).rows;
  expect(row).toEqual({ float: false, numeric: true });
});

const parent = "create table a (id int primary key); create table b (id int primary key, a int references a);";

judge(disabledTrigger, {
  bad: {
    "a trigger that somebody switched off": {
      sql: `${parent} create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger stamp before update on a for each row execute function f(); alter table a disable trigger stamp`,
      says: "stamp on a is disabled",
      fix: "alter table a enable trigger stamp;",
    },
    "foreign keys that are off": {
      sql: `${parent} alter table b disable trigger all`,
      says: /Triggers of b are off, 2 of foreign keys among them/,
      severity: "error",
      fix: "alter table b enable trigger all;",
    },
  },
  good: {
    "triggers that fire": parent,
    "one that fires for replicated changes only": `${parent} create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger stamp before update on a for each row execute function f(); alter table a enable replica trigger stamp`,
  },
});

test("with its triggers off, a table takes a row that points at nothing", async () => {
  const rows = await within(
    `${parent} alter table b disable trigger all; insert into b values (1, 99)`,
    async () => (await postgres.query("select * from b")).rows,
  );
  expect(rows).toEqual([{ id: 1, a: 99 }]);
});

judge(unloggedTable, {
  bad: {
    "a cache that a foreign key leads to": {
      sql: "create unlogged table page_cache (id bigint primary key, parent_id bigint references page_cache)",
      says: "page_cache is unlogged",
    },
    "an unlogged table": {
      sql: "create unlogged table sessions (id bigint primary key)",
      says: "sessions is unlogged: a crash of the server empties it",
      fix: "alter table sessions set logged;",
    },
  },
  good: {
    "a logged one": "create table sessions (id bigint primary key)",
    "what may be lost by its name": "create unlogged table rate_limits (id bigint primary key)",
  },
});

judge(publishedTableWithoutReplicaIdentity, {
  bad: {
    "a published table without a key": {
      sql: "create table logs (id bigint); create publication feed for table logs",
      says: "Publication feed sends updates and deletes of logs, which has nothing to tell its rows apart by",
      fix: "alter table logs replica identity full;",
    },
    "one that was told to have none": {
      sql: "create table logs (id bigint primary key); alter table logs replica identity nothing; create publication feed for table logs",
      says: "logs",
    },
  },
  good: {
    "a primary key": "create table logs (id bigint primary key); create publication feed for table logs",
    "a unique index that was named":
      "create table logs (id bigint not null); create unique index u on logs (id); alter table logs replica identity using index u; create publication feed for table logs",
    "a publication of inserts": "create table logs (id bigint); create publication feed for table logs with (publish = 'insert')",
    "a table that nobody publishes": "create table logs (id bigint)",
  },
});

test("Postgres refuses an UPDATE of a published table that has no replica identity", async () => {
  const update = within("create table logs (id bigint); create publication feed for table logs; insert into logs values (1)", () =>
    postgres.query("update logs set id = 2"),
  );
  await expect(update).rejects.toThrow("does not have a replica identity and publishes updates");
});

judge(extensionInPublic, {
  bad: {
    "an extension among the tables": {
      sql: "create extension ltree schema public",
      says: "Extension ltree has its functions and types in schema public",
    },
  },
  good: { "one in a schema of its own": "create schema extensions; create extension ltree schema extensions" },
});

judge(extensionOutdated, {
  bad: {
    "one that was never updated": {
      sql: "create extension amcheck version '1.0'",
      says: "Extension amcheck is at version 1.0 while the server has the files of",
      fix: "alter extension amcheck update;",
    },
  },
  good: {
    "the newest": "create extension amcheck",
    "a version that is no number": "create extension amcheck; update pg_extension set extversion = 'foo' where extname = 'amcheck'",
  },
});
