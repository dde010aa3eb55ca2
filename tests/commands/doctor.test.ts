import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { changed } from "../database/asking.ts";
import { canMakeCertificates, makeCertificates } from "../database/certificates.ts";
import { asRole } from "../database/sessions.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { createDatabase, startCluster } from "../postgres/server.ts";
import { readerOf } from "../tools/reader.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schema = `
  create extension citext;
  create table customers (id int primary key, email citext);
  create table orders (id int primary key, customer_id int references customers, total numeric);
  insert into customers select i, 'c' || i from generate_series(1, 100) i;
  analyze customers;
`;
const versions = [15, 18] as const;
const secret = "s3cret-of-nobody";
const urls = new Map<15 | 18, string>();
const readers = new Map<15 | 18, string>();
const urlOf = (version: 15 | 18) => urls.get(version) ?? "";
const readerOn = (version: 15 | 18) => readers.get(version) ?? "";

beforeAll(async () => {
  for (const version of versions) {
    const { url } = await freshDatabase(version, schema);
    urls.set(version, url);
    readers.set(version, await readerOf(url));
  }
});

/** What it tells, and never a password of a URL that it was given. */
function doctor(environment: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "doctor", ...args], {
    env: { ...environment },
    cwd: folder,
    encoding: "utf8",
  });
  for (const url of Object.values(environment).filter((value) => URL.canParse(value))) {
    const { password } = new URL(url);
    if (password !== "") for (const said of [stdout, stderr]) expect(said).not.toContain(password);
  }
  return { status, stdout, stderr };
}

const ability = (what: string, able: string, why?: unknown) => (why === undefined ? { what, able } : { what, able, why });

function diagnosis(environment: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const { stdout, stderr, status } = doctor(environment, ["--format", "json", ...args]);
  if (stdout === "") throw new Error(stderr);
  return { status, ...JSON.parse(stdout) };
}

/** Without what differs from run to run. */
const steady = (text: string) =>
  text
    .replaceAll(/127\.0\.0\.1:\d+\/\w+/g, "127.0.0.1:5432/shop")
    .replaceAll(/backend_db_reader_\w+/g, "reader")
    .replaceAll(/Node [\d.]+, .*/g, "Node 20, linux")
    .replaceAll(/backend-db-mcp \d+\.\d+\.\d+/g, "backend-db-mcp 1")
    .replaceAll(/PostgreSQL [\d.]+/g, "PostgreSQL N")
    .replaceAll(/citext [\d.]+/g, "citext N");

test("with no database it says what works without, and that nothing is wrong", () => {
  const { status, stdout, stderr } = doctor({});
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "backend-db-mcp 1, Node 20, linux
    Twin: PostgreSQL N, in this process
    Settings: no backend-db-mcp.json here or above; --access catalog
    Set: nothing

    No database is configured: set DATABASE_URL, or go without.

    Without a database: analyze_query, suggest_indexes, migration_checklist, review_schema and inspect_schema take the schema as DDL text (schema_sql), and search_docs needs none; check_health and find_slow_queries need a database or a snapshot.
    "
  `);
});

test.each(versions)("of a reader on Postgres %i it says that it only reads, and what is missing for more", (version) => {
  const { status, stdout, stderr } = doctor({ DATABASE_URL: readerOn(version) });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(steady(stdout)).toMatchInlineSnapshot(`
    "backend-db-mcp 1, Node 20, linux
    Twin: PostgreSQL N, in this process
    Settings: no backend-db-mcp.json here or above; --access catalog
    Set: DATABASE_URL

    Database (DATABASE_URL): 127.0.0.1:5432/shop as reader
      PostgreSQL N, not encrypted; 2 tables
      Role reader can only read; pg_read_all_data, pg_read_all_stats, read-only by default
      Extensions: citext N
      yes    inspect_schema
      partly analyze_query, suggest_indexes, migration_checklist, review_schema: 1 of 2 tables were never analysed: plans go without statistics until ANALYZE has run
      yes    check_health
      no     find_slow_queries, suggest_indexes with workload: pg_stat_statements is not installed in this database. Have a superuser run: create extension pg_stat_statements; its library must be in shared_preload_libraries, too, which takes a restart of the server.
      no     EXPLAIN of a checked statement on the server, EXPLAIN ANALYZE of a checked SELECT on the server: started with --access catalog; the twin plans

    Without a database: analyze_query, suggest_indexes, migration_checklist, review_schema and inspect_schema take the schema as DDL text (schema_sql), and search_docs needs none; check_health and find_slow_queries need a database or a snapshot.
    "
  `);
});

test.each(versions)("of a superuser on Postgres %i it says so, and that nothing of a caller is run as one", (version) => {
  const { databases, ok } = diagnosis({ DATABASE_URL: urlOf(version) }, ["--access", "analyze"]);
  expect(ok).toBe(true);
  expect(databases[0].role).toMatchObject({ more_than_reading: ["superuser"], reads_all_data: true, reads_all_statistics: true });
  expect(databases[0].abilities).toContainEqual(ability("EXPLAIN of a checked statement on the server", "yes"));
  expect(databases[0].abilities).toContainEqual(
    ability("EXPLAIN ANALYZE of a checked SELECT on the server", "no", expect.stringContaining("superuser")),
  );
  const allowed = diagnosis({ DATABASE_URL: urlOf(version) }, ["--access", "analyze", "--allow-superuser-analyze"]);
  expect(allowed.databases[0].abilities).toContainEqual(ability("EXPLAIN ANALYZE of a checked SELECT on the server", "yes"));
});

test.each(versions)("of a role without any privilege on Postgres %i it says what is hidden, and which grant shows it", async (version) => {
  const url = await asRole(version, { url: urlOf(version), settings: [] });
  const { databases, status } = diagnosis({ DATABASE_URL: url });
  expect(status).toBe(0);
  const [{ role, abilities, tables }] = databases;
  expect(tables).toBe(2);
  expect(role).toMatchObject({ reads_all_data: false, reads_all_statistics: false, read_only_by_default: false });
  const partly = new Map(
    abilities.filter(({ able }: { able: string }) => able === "partly").map(({ what, why }: { what: string; why: string }) => [what, why]),
  );
  expect(partly.get("analyze_query, suggest_indexes, migration_checklist, review_schema")).toMatch(
    /the statistics of all 2 tables are hidden from .*; 1 of 2 tables were never analysed/,
  );
  expect(partly.get("check_health")).toMatch(/grant pg_read_all_stats to /);
});

test.each([
  ["password", { password: "wrong-and-secret" }, "Login refused"],
  ["port", { port: 1 }, "Nothing listens"],
  ["database", { database: "nowhere" }, "There is no database"],
])("a wrong %s is a fault, without a secret in it", (_, part, said) => {
  const { status, stdout } = doctor({ DATABASE_URL: changed(readerOn(18), part) });
  expect(status).toBe(1);
  expect(stdout).toMatch(/FAULT: /);
  expect(stdout).toContain(said);
});

test("a connection string that cannot be read is a fault that does not repeat it", () => {
  const { status, stdout } = doctor({ DATABASE_URL: `mysql://root:${secret}@localhost/shop` });
  expect(status).toBe(1);
  expect(stdout).toContain("Database (DATABASE_URL)\n  FAULT: DATABASE_URL is not a URL of Postgres");
});

test("several databases and a replica are each told, and one that is away is the fault of one", () => {
  const environment = {
    DATABASE_URL: readerOn(18),
    DATABASE_URL_STAGING: readerOn(15),
    DATABASE_URL_OLD: changed(readerOn(15), { port: 1 }),
    DATABASE_REPLICA_URL: readerOn(18),
  };
  const { status, ok, databases, settings } = diagnosis(environment);
  expect({ status, ok }).toEqual({ status: 1, ok: false });
  const told = databases.map(({ from, name, replica, fault }: Record<string, unknown>) => ({
    from,
    name,
    replica,
    reached: fault === undefined,
  }));
  expect(told).toEqual([
    { from: "DATABASE_URL", reached: true },
    { from: "DATABASE_REPLICA_URL", replica: true, reached: true },
    { from: "DATABASE_URL_OLD", name: "old", reached: false },
    { from: "DATABASE_URL_STAGING", name: "staging", reached: true },
  ]);
  expect(settings.variables).toEqual(Object.keys(environment).sort());
});

test("--access opens the database without a name, and no other", () => {
  const { databases } = diagnosis({ DATABASE_URL: readerOn(18), DATABASE_URL_STAGING: readerOn(18) }, ["--access", "analyze"]);
  const [first, staging] = databases;
  expect(first.abilities).toContainEqual(ability("EXPLAIN ANALYZE of a checked SELECT on the server", "yes"));
  expect(staging.abilities.at(-1)).toEqual(
    ability(
      "EXPLAIN of a checked statement on the server, EXPLAIN ANALYZE of a checked SELECT on the server",
      "no",
      "--access is for the database that has no name; the twin plans",
    ),
  );
});

test.skipIf(!canMakeCertificates)("over TLS, on a server that counts statements, it says how many of them the role may see", async () => {
  const { server, read } = makeCertificates();
  const cluster = await startCluster(18, {
    settings: { shared_preload_libraries: "pg_stat_statements", ssl: "on", ssl_cert_file: "server.pem", ssl_key_file: "server.key" },
    files: { "server.pem": read(server.certificate), "server.key": read(server.key) },
  });
  onTestFinished(() => cluster.stop());
  const { url } = await createDatabase(cluster, "create extension pg_stat_statements; create role anybody login password 'for-anybody'");
  const what = "find_slow_queries, suggest_indexes with workload";
  const all = diagnosis({ DATABASE_URL: changed(url, { query: "sslmode=require" }) }).databases[0];
  expect(all.encrypted).toBe(true);
  expect(all.abilities).toContainEqual(ability(what, "yes"));
  const some = diagnosis({ DATABASE_URL: changed(url, { user: "anybody", password: "for-anybody" }) }).databases[0];
  expect(some.abilities).toContainEqual(
    ability(what, "partly", "statements of other roles are hidden: grant pg_read_all_stats to anybody;"),
  );
});

test("a snapshot stands in for the database, and no server is asked", () => {
  const file = join(folder, "shop.json");
  spawnSync(process.execPath, [program, "snapshot", file], { env: { DATABASE_URL: urlOf(18) } });
  const { status, databases } = diagnosis({ DATABASE_URL: changed(urlOf(18), { port: 1 }) }, ["--snapshot", file]);
  expect(status).toBe(0);
  expect(databases[0]).toMatchObject({ from: `snapshot ${file}`, extensions: [{ name: "citext", in_twin: true }] });
  expect(databases[0]).not.toHaveProperty("role");
  const able = databases[0].abilities.map(({ able }: { able: string }) => able);
  expect(able).toEqual(["yes", "partly", "partly", "no"]);
});

test("a settings file that is wrong, a log that cannot be written and a name that nobody reads are told", () => {
  const config = join(folder, "wrong.json");
  writeFileSync(config, '{ "rules": { "schema/no-such-rule": "off" } }');
  const environment = { BACKEND_DB_MCP_ACESS: "explain", DATABASE_URI: urlOf(18), DATABASE_URL: urlOf(18) };
  const { status, settings } = diagnosis(environment, ["--config", config, "--audit-log", join(folder, "none", "log")]);
  expect(status).toBe(1);
  expect(settings.faults).toEqual([expect.stringContaining("none/log"), expect.stringContaining("there is no rule schema/no-such-rule")]);
  expect(settings.notes).toEqual([
    "DATABASE_URI is not read, because DATABASE_URL is set",
    "nothing reads BACKEND_DB_MCP_ACESS; the nearest is BACKEND_DB_MCP_ACCESS",
  ]);
});

test("--help and --version need no database; a slip is told with the nearest name", () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      env: { DATABASE_URL: "nonsense" },
      encoding: "utf8",
    });
    return { status, stdout: stdout.split("\n")[0], stderr: stderr.split("\n")[0] };
  };
  expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("backend-db-mcp: an MCP server") });
  expect(run("doctor", "--help")).toMatchObject({ status: 0 });
  expect(run("--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(run("docter")).toEqual({ status: 2, stdout: "", stderr: "backend-db-mcp: unknown argument docter; did you mean doctor?" });
  expect(run("--acess", "explain").stderr).toBe("backend-db-mcp: unknown argument --acess; did you mean --access?");
  expect(run("doctor", "--fromat=json").stderr).toBe("backend-db-mcp: unknown argument --fromat; did you mean --format?");
  const { stderr } = spawnSync(process.execPath, [program, "docter"], { encoding: "utf8" });
  expect(stderr.split("\n").slice(1)).toEqual(["backend-db-mcp --help tells what there is.", ""]);
  expect(run("doctor", "--format", "xml").stderr).toBe("backend-db-mcp: --format is one of text, json, not xml");
});
