import pg from "pg";
import { expect, test, vi } from "vitest";
import { readRights } from "../../src/catalog/rights.ts";
import { connectionTo, readOnce, using } from "../database/asking.ts";
import { asRole, asSuperuser } from "../database/sessions.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connect, textOf } from "./client.ts";
import { readerOf, script } from "./reader.ts";
import { type Question, sweep } from "./sweep.ts";

const schema = `
  create table orders (id int primary key, total numeric, note text);
  create table lines (order_id int references orders, amount int);
  create sequence numbers;
  insert into orders select i, i, 'n' || i % 9 from generate_series(1, 2000) i;
  insert into lines select 1 + i % 2000, i from generate_series(1, 5000) i;
  create view seen as select * from orders; analyze`;

const questions: readonly Question[] = [
  ["inspect_schema", { detail: "full" }],
  ["review_schema", {}],
  ["analyze_query", { sql: "select * from orders where note = 'n1'" }],
  ["suggest_indexes", { sql: "select * from lines where order_id = 5" }],
  ["migration_checklist", { sql: "alter table orders alter column note set not null" }],
  ["find_slow_queries", {}],
  ["check_health", {}],
  ["search_docs", { query: "role" }],
];

const versions = [15, 18] as const;
const bare = (text: string) => text.replace("grant pg_read_all_data to backend_db_reader;", "");
/** The narrower grants that a comment of the script has, for the schema public. */
const narrow = (text: string) =>
  bare(text)
    .replaceAll(/^-- {3}(grant .*;)$/gm, "$1")
    .replaceAll("schema app", "schema public");

/** What the statement is refused with, if it is; nothing of it stays. */
async function refusalOf(url: string, sql: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set default_transaction_read_only = off");
    await client.query(sql);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await client.end();
  }
}

test.each(process.env.LONG ? versions : ([18] as const))(
  "under the role of role.sql every tool answers on PostgreSQL %i as it does to the owner",
  async (version) => {
    const { url } = await freshDatabase(version, schema);
    const reader = await readerOf(url);
    const answers = async (asked: string) => {
      const client = await connect({ environment: { DATABASE_URL: asked } });
      return (await sweep(client, questions, ["detailed"])).map(({ everything }) =>
        everything
          .replaceAll(/ \(more rights[^)]*\)|^.*"(role|statistics_reset|scans|sequential_scans|index_scans)": .*\n/gm, "")
          .replaceAll(/, \d+ scans| {2}counters: [^\\]*/g, "")
          .replaceAll(/postgres@|as (postgres|backend_db_reader_\w+)/g, "as somebody")
          .replaceAll(/untrusted-data-\w+/g, "untrusted"),
      );
    };
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const [owners, readers] = [await answers(url), await answers(reader)];
    const stderr = logged.mock.calls.flat().join("\n");
    logged.mockRestore();
    expect(readers).toEqual(owners);
    expect(stderr.match(/more rights than this server needs/g)).toHaveLength(1);
    expect(await using(connectionTo(reader), (database) => database.transaction(readRights, {}))).toEqual([]);
  },
);

test.each(versions)("the role of role.sql can write nothing on PostgreSQL %i, even where it turns read-only off", async (version) => {
  const { url } = await freshDatabase(version, schema);
  const reader = await readerOf(url);
  const statements = [
    "insert into orders values (0)",
    "update orders set total = 0",
    "delete from lines",
    "truncate lines",
    "create table mine (id int)",
    "create schema mine",
    "drop table lines",
    "alter table orders add column more int",
    "select nextval('numbers')",
    "create role more",
    "alter role postgres password 'x'",
    "create database more",
    "copy orders to '/tmp/orders'",
    "copy orders to program 'cat'",
    "select pg_read_file('postgresql.conf')",
    "select pg_reload_conf()",
    "select lo_import('/etc/passwd')",
    "set role postgres",
  ];
  const codes = await asSuperuser(url, async (client) => {
    const { rows } = await client.query("select pg_backend_pid() as pid");
    const all = [...statements, `select pg_terminate_backend(${rows[0].pid})`, `select pg_cancel_backend(${rows[0].pid})`];
    const refused = [];
    for (const sql of all) refused.push([sql, await refusalOf(reader, sql)]);
    return refused;
  });
  expect(codes.filter(([, code]) => code !== "42501")).toEqual([]);
});

test.each(versions)(
  "without pg_read_all_data the role reads no row of PostgreSQL %i, and answers go without statistics",
  async (version) => {
    const { url } = await freshDatabase(version, schema);
    const reader = await readerOf(url, bare);
    for (const sql of [
      "select * from orders",
      "select * from seen",
      "select most_common_vals from pg_stats where tablename = 'orders' limit 1 offset 0",
    ]) {
      const refused = await refusalOf(reader, sql);
      if (sql.includes("pg_stats")) expect(await readOnce(reader, sql)).toEqual([]);
      else expect(refused, sql).toBe("42501");
    }
    const client = await connect({ environment: { DATABASE_URL: reader } });
    const said = await sweep(client, questions, ["concise"]);
    // This server counts no statements.
    expect(said.filter(({ isError, question: [tool] }) => isError !== (tool === "find_slow_queries"))).toEqual([]);
    const { structuredContent } = await client.callTool({ name: "inspect_schema", arguments: { tables: ["orders"] } });
    expect(structuredContent).toMatchObject({ tables: [{ name: "orders", rows: 2000 }] });
    expect(textOf(await client.callTool({ name: "analyze_query", arguments: { sql: "select * from orders where note = 'n1'" } }))).toMatch(
      /statistics none,[\s\S]*grant select on orders to backend_db_reader/,
    );
  },
);

test.each(versions)("what role.sql grants reads password hashes of PostgreSQL %i, its narrower form does not", async (version) => {
  const { url } = await freshDatabase(version, schema);
  const hashes = "select rolpassword from pg_authid";
  expect(await refusalOf(await readerOf(url), hashes)).toBeUndefined();
  const reader = await readerOf(url, narrow);
  expect(await refusalOf(reader, hashes)).toBe("42501");
  const client = await connect({ environment: { DATABASE_URL: reader } });
  const { structuredContent } = await client.callTool({
    name: "analyze_query",
    arguments: { sql: "select * from orders where note = 'n1'" },
  });
  expect(structuredContent).toMatchObject({ basis: { statistics: "full" }, limits: [] });
});

test.each(versions)("what a role may do besides reading is named on PostgreSQL %i", async (version) => {
  const { url } = await freshDatabase(version, `${schema}; create schema app`);
  const database = new URL(url).pathname.slice(1);
  const rightsOf = async (...settings: readonly string[]) => {
    const asked = await asRole(version, { url, settings: [] });
    const user = new URL(asked).username;
    await asSuperuser(url, (client) => client.query(settings.map((setting) => setting.replaceAll("ROLE", user)).join(";")));
    return using(connectionTo(asked), (reads) => reads.transaction(readRights, {}));
  };
  expect(await rightsOf("alter role ROLE superuser createrole")).toEqual(["superuser"]);
  expect(await rightsOf("alter role ROLE createrole createdb replication bypassrls")).toEqual([
    "CREATEROLE",
    "REPLICATION",
    "BYPASSRLS",
    "CREATEDB",
  ]);
  expect(await rightsOf("grant pg_write_all_data, pg_execute_server_program to ROLE")).toEqual([
    "member of pg_execute_server_program",
    "member of pg_write_all_data",
    "writes to tables",
    "moves sequences",
  ]);
  expect(await rightsOf("alter role ROLE noinherit; grant pg_read_server_files to ROLE")).toEqual(["member of pg_read_server_files"]);
  expect(await rightsOf("grant insert on orders to ROLE")).toEqual(["writes to tables"]);
  expect(await rightsOf("grant update (note) on orders to ROLE")).toEqual(["writes to tables"]);
  expect(await rightsOf("grant usage on sequence numbers to ROLE")).toEqual(["moves sequences"]);
  expect(await rightsOf("grant create on schema app to ROLE", `grant create on database ${database} to ROLE`)).toEqual([
    "CREATE in the database",
    "CREATE in app",
  ]);
  expect(await rightsOf("grant execute on function pg_read_file(text), pg_ls_dir(text) to ROLE")).toEqual([
    "executes pg_ls_dir",
    "executes pg_read_file",
  ]);
  expect(await rightsOf("grant select on orders to ROLE")).toEqual([]);
  const owns = await rightsOf("alter table lines owner to ROLE");
  expect(owns).toEqual(["owns tables", "writes to tables"]);
});

test("the script on stderr is role.sql", async () => {
  const { url } = await freshDatabase(18);
  const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const client = await connect({ environment: { DATABASE_URL: url } });
  await client.callTool({ name: "inspect_schema", arguments: {} });
  const told = logged.mock.calls.flat().join("\n");
  logged.mockRestore();
  const statements = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("--"));
  expect(statements(told).slice(1)).toEqual(statements(script));
});
