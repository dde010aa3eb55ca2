import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import extensionScriptUnsafe from "../../../src/rules/schema/extension-script-unsafe.ts";
import { type Cluster, createDatabase, startCluster } from "../../postgres/server.ts";
import { connect } from "../../tools/client.ts";
import { schemaJudge } from "./judged.ts";

const { judge } = schemaJudge();

/** As pg_tle keeps a script that was installed through it. */
const tle = (script: string, name = "fancy--1.0") =>
  `create schema pgtle; create function pgtle."${name}.sql"() returns text language sql as $_pgtle_o_$ SELECT $_pgtle_i_$${script}$_pgtle_i_$ $_pgtle_o_$;`;

judge(extensionScriptUnsafe, {
  bad: {
    "what replaces": {
      sql: tle(
        "create or replace function label(int) returns text language sql as 'select 1'; create table if not exists labels (id int);",
      ),
      says: "The script of fancy 1.0 says CREATE OR REPLACE FUNCTION and CREATE TABLE IF NOT EXISTS: where something of that name",
      fix: null,
    },
    "a bare call": {
      sql: tle("create table labels as select lower('X'::varchar) as label;"),
      says: "The script of fancy 1.0 calls lower() without a schema",
      fix: null,
    },
    "a bare call in an update": {
      sql: tle("insert into labels values (upper('x'::varchar));", "fancy--1.0--1.1"),
      says: "The script of fancy 1.0 to 1.1 calls upper()",
    },
  },
  good: {
    "one that makes its own": tle(
      "create function label(int) returns text language sql as 'select lower(''a'')'; create table labels (id int);",
    ),
    "calls with their schema": tle("create table labels as select pg_catalog.lower('X'::varchar) as label;"),
    "an update, which replaces what is the extension's": tle(
      "create or replace function label(int) returns text language sql as 'select 1';",
      "fancy--1.0--1.1",
    ),
    "a function of another schema":
      'create schema app; create function app."fancy--1.0.sql"() returns text language sql as $o$ SELECT $i$create or replace view v as select 1$i$ $o$;',
    "what is no SQL": tle("this is no script"),
  },
});

test("a text that is the script of an extension is judged as one, and another is not", async () => {
  const client = await connect();
  const rules = async (schema_sql: string) => {
    const { structuredContent } = await client.callTool({ name: "review_schema", arguments: { schema_sql } });
    return (structuredContent as { findings: { rule: string }[] }).findings.map(({ rule }) => rule);
  };
  const script = "create or replace function label(int) returns text language sql as 'select ''a''';";
  expect(await rules(`\\echo Use "CREATE EXTENSION fancy" to load this file. \\quit\n${script}`)).toContain(
    "schema/extension-script-unsafe",
  );
  expect(await rules(script)).not.toContain("schema/extension-script-unsafe");
});

const folder = mkdtempSync(join(tmpdir(), "extensions-"));
let cluster: Cluster;

beforeAll(async () => {
  mkdirSync(join(folder, "extension"));
  const scripts = {
    replacing: "create or replace function public.label() returns text language sql as $$ select 'the extension''s' $$;",
    calling: "create table public.labels as select lower('X'::varchar) as label;",
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, `extension/${name}.control`), "default_version = '1.0'\nrelocatable = false\nschema = 'public'\n");
    writeFileSync(join(folder, `extension/${name}--1.0.sql`), script);
  }
  chmodSync(folder, 0o755);
  cluster = await startCluster(18, { settings: { extension_control_path: `${folder}:$system` } });
}, 120_000);

afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

test("Postgres refuses to replace what is not the extension's, and calls what fits better than its own", async () => {
  const client = new pg.Client({ connectionString: (await createDatabase(cluster)).url });
  await client.connect();
  await client.query("create function public.label() returns text language sql as $$ select 'a stranger''s' $$");
  await expect(client.query("create extension replacing")).rejects.toThrow("function label() is not a member of extension");
  await client.query("drop function public.label(); create extension replacing");
  await client.query("create function public.lower(varchar) returns text language sql as $$ select 'a stranger''s' $$");
  await client.query("create extension calling");
  expect((await client.query("select label from public.labels")).rows).toEqual([{ label: "a stranger's" }]);
  await client.end();
});
