import { expect, test } from "vitest";
import { openEmbedded } from "../postgres/embedded.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connectionTo, readOnce, using } from "./asking.ts";
import { asRole, asSuperuser } from "./sessions.ts";

const versions = [15, 18] as const;

const everything = `
  select true as bool, 1::int2 as int2, 2::int4 as int4, 3::int8 as int8, 9007199254740993::int8 as big, 16384::oid as oid,
         1.5::float4 as float4, 2.5::float8 as float8, 1.10::numeric as numeric, 'a'::text as text, 'b'::name as name, 'c'::"char" as char,
         'd'::varchar(3) as varchar, '{"a": [1]}'::json as json, '{"a": [1]}'::jsonb as jsonb, 'pg_class'::regclass as regclass,
         null::int4 as nothing, '1 2'::int2vector as int2vector, '1 2'::oidvector as oidvector,
         '{t,f,null}'::bool[] as bools, '{1,2}'::int2[] as int2s, '{1,2}'::int4[] as int4s, '{3,null}'::int8[] as int8s, '{4}'::oid[] as oids,
         '{1.5}'::float4[] as float4s, '{2.5}'::float8[] as float8s, '{1.10}'::numeric[] as numerics, '{a,"b c",null,"null"}'::text[] as texts,
         '{a}'::name[] as names, '{r,p}'::"char"[] as chars, '{{1,2},{3,4}}'::int4[] as matrix, '{}'::int4[] as empty,
         '{pg_class}'::regclass[] as regclasses, '2024-02-29'::date as date, '2024-02-29 12:00:00.5'::timestamp as timestamp,
         '2024-02-29 12:00:00.5+00'::timestamptz as timestamptz`;

test.each(versions)("a row of Postgres %i holds the JavaScript values that the twin's engine gives", async (version) => {
  const { url } = await freshDatabase(version);
  const twin = await openEmbedded();
  const { rows } = await twin.query(everything);
  await twin.close();
  expect(await readOnce(url, everything)).toEqual(rows);
});

test.each(versions)("values are bound to parameters on Postgres %i, arrays of oids too", async (version) => {
  const { url } = await freshDatabase(version);
  const rows = await readOnce(url, "select relname from pg_catalog.pg_class where oid = any ($1::oid[]) and relname = $2 order by 1", [
    [1259, 1249],
    "pg_class",
  ]);
  expect(rows).toEqual([{ relname: "pg_class" }]);
});

test.each(versions)("all reads of a transaction on Postgres %i see one snapshot", async (version) => {
  const { url } = await freshDatabase(version, "create table t (a int)");
  await using(connectionTo(url), (database) =>
    database.transaction(async (reads) => {
      await reads.read("select 1");
      await asSuperuser(url, (client) => client.query("insert into t values (1)"));
      expect(await reads.read("select * from public.t")).toEqual([]);
    }, {}),
  );
});

test.each(versions)("Postgres %i refuses a statement that writes", async (version) => {
  const { url } = await freshDatabase(version, "create table t (a int)");
  await expect(readOnce(url, "insert into public.t values (1)")).rejects.toThrow("Postgres refused a statement of ours (25006).");
  await expect(readOnce(url, "create table public.u ()")).rejects.toThrow("(25006)");
  await expect(readOnce(url, "set transaction read write")).rejects.toThrow("(25001)");
});

test.each(versions)("Postgres %i refuses two statements in one text", async (version) => {
  const { url } = await freshDatabase(version, "create table t (a int)");
  await expect(readOnce(url, "commit; drop table public.t")).rejects.toThrow("(42601)");
  await expect(readOnce(url, "select 1; select 2")).rejects.toThrow("(42601)");
  expect(await readOnce(url, "select * from public.t")).toEqual([]);
});

test.each(versions)("the log of Postgres %i shows a rollback after every transaction and never a commit", async (version) => {
  const { url } = await freshDatabase(version);
  await readOnce(url, "select 'in the log'");
  await expect(readOnce(url, "select 1/0")).rejects.toThrow();
  const name = new URL(url).pathname.slice(1);
  const lines = (await cluster(version).log())
    .split("\n")
    .filter((line) => line.includes(`${name} backend-db-mcp`) && line.includes("LOG:"));
  expect(lines.map((line) => /(begin|rollback|commit|select ')/i.exec(line)?.[0]).filter(Boolean)).toEqual([
    "begin",
    "select '",
    "rollback",
    "begin",
    "rollback",
  ]);
});

test.each(versions)("a search_path of the role does not reach the transaction on Postgres %i", async (version) => {
  const { url } = await freshDatabase(
    version,
    "create schema evil; create function evil.lower(text) returns text language sql as $$ select 'evil' $$; create view evil.pg_class as select 'evil' as relname; grant usage on schema evil to public; grant select on evil.pg_class to public",
  );
  const asReader = await asRole(version, { url, settings: ["set search_path = evil, pg_catalog"] });
  expect(
    await readOnce(asReader, "select lower('A'), (select count(*) > 100 from pg_class) as real, current_setting('search_path') as path"),
  ).toEqual([{ lower: "a", real: true, path: "pg_catalog, pg_temp" }]);
  expect(await readOnce(asReader, "select reset_val from pg_settings where name = 'search_path'")).toEqual([
    { reset_val: "evil, pg_catalog" },
  ]);
});

test.each(versions)("settings of the role do not change what Postgres %i prints", async (version) => {
  const { url } = await freshDatabase(version);
  const settings = [
    "set default_transaction_read_only = off",
    "set DateStyle = 'SQL, DMY'",
    "set IntervalStyle = 'sql_standard'",
    "set TimeZone = 'Asia/Tokyo'",
    "set extra_float_digits = -5",
    "set bytea_output = 'escape'",
    "set standard_conforming_strings = off",
    "set client_encoding = 'LATIN1'",
    "set statement_timeout = 0",
    "set quote_all_identifiers = on",
  ];
  const asReader = await asRole(version, { url, settings });
  const asked = `select date '2024-02-29'::text as date, interval '1 day 2 hours'::text as interval, timestamptz '2024-02-29 12:00+00'::text as time,
    0.1::float8::text as float, '\\x01ff'::bytea::text as bytes, '\\' as backslash, 'é€' as letters, quote_ident('a') as name,
    current_setting('transaction_read_only') as "readOnly", current_setting('statement_timeout') as timeout,
    current_setting('lock_timeout') as lock, current_setting('transaction_isolation') as isolation,
    current_setting('client_connection_check_interval') as check`;
  expect(await readOnce(asReader, asked)).toEqual([
    {
      date: "2024-02-29",
      interval: "1 day 02:00:00",
      time: "2024-02-29 12:00:00+00",
      float: "0.1",
      bytes: "\\x01ff",
      backslash: "\\",
      letters: "é€",
      name: "a",
      readOnly: "on",
      timeout: "15s",
      lock: "1s",
      isolation: "repeatable read",
      check: "1s",
    },
  ]);
});
