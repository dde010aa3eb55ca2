import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createDatabase, startCluster } from "../postgres/server.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const settings = { shared_preload_libraries: "pg_stat_statements", autovacuum: "off", archive_mode: "off" };
const folder = mkdtempSync(join(tmpdir(), "report-"));
const snapshot = join(folder, "before.json");
let server: Cluster;
let shop = "";
let bare = "";

const schema = `
  create extension pg_stat_statements;
  create table orders (id int primary key, customer_id int not null, note text);
  insert into orders select i, i % 500, 'n' || i from generate_series(1, 20000) i;
  analyze orders;
`;

beforeAll(async () => {
  server = await startCluster(18, { settings });
  shop = (await createDatabase(server, schema)).url;
  bare = (await createDatabase(server, "create table accounts (email text); create policy own on accounts using (true)")).url;
  run(["snapshot", snapshot], { DATABASE_URL: shop });
  const client = new pg.Client({ connectionString: shop });
  await client.connect();
  for (let call = 0; call < 20; call++) await client.query("select note from orders where customer_id = $1", [call]);
  await client.end();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function run(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return spawnSync(process.execPath, [program, ...args], { env: { ...environment }, encoding: "utf8" });
}

const headings = (text: string) => text.match(/^#+ .*$/gm)?.map((line) => line.replace(/\d{4}-\d\d-\d\d/, "2026-11-22"));

test("a week is told as the queries that cost most, what would help them, and the backups", () => {
  const { stdout, stderr, status } = run(["report", "weekly", "--since", snapshot], { DATABASE_URL: shop });
  expect(stderr).not.toContain("Error");
  expect(headings(stdout)).toEqual([
    "# Weekly report, 2026-11-22",
    "## Top 10 slow queries and the plan for them",
    "### find_slow_queries",
    "### suggest_indexes",
    "## Backups and the test restore",
    "### check_health",
  ]);
  expect(stdout).toContain("select note from orders where customer_id = $1");
  expect(stdout).toMatch(/on orders \(customer_id\)/i);
  expect(stdout).toContain("- [ ] Restored which backup, where to, and how long it took: ");
  expect(status).toBe(0);
});

test("a month is told as indexes and metrics", () => {
  const { stdout, status } = run(["report", "monthly"], { DATABASE_URL: shop });
  expect(headings(stdout)).toEqual([
    "# Monthly report, 2026-11-22",
    "## Indexes and what to correct",
    "### suggest_indexes",
    "### check_health",
    "## Performance metrics",
    "### check_health",
    "### find_slow_queries",
  ]);
  // A server that is thrown away need not survive a crash.
  expect(stdout).toContain("error health/durability-off");
  expect(status).toBe(1);
});

test("a quarter is told of each database by its name, and an error that was found is the exit code", () => {
  const { stdout, status } = run(["report", "quarterly", "--database", "shop", "--database", "Other"], {
    DATABASE_URL_SHOP: shop,
    DATABASE_URL_OTHER: bare,
  });
  expect(headings(stdout)?.filter((line) => !line.startsWith("###"))).toEqual([
    "# Quarterly report, 2026-11-22",
    "# Database shop",
    "## Schema review and planned migrations",
    "## Maturity and the next level",
    "## Disaster recovery",
    "# Database other",
    "## Schema review and planned migrations",
    "## Maturity and the next level",
    "## Disaster recovery",
  ]);
  expect(stdout).toContain("schema/policy-exists-rls-disabled");
  expect(stdout.match(/maturity level \d of 5/g)).toHaveLength(2);
  expect(status).toBe(1);
});

test("what cannot be judged is told in its place, and the rest is there", () => {
  const { stdout, status } = run(["report", "weekly"], { DATABASE_URL: bare });
  expect(stdout).toContain("Not judged (");
  expect(stdout).toContain("## Backups and the test restore");
  expect(status).toBe(2);
});

test("without a database, or with a cadence that there is not, it says so", () => {
  expect(run(["report", "weekly"], {})).toMatchObject({ status: 2 });
  expect(run(["report", "yearly"], {})).toMatchObject({ status: 2, stdout: "" });
  expect(run(["report", "yearly"], {}).stderr).toContain("report is one of weekly, monthly, quarterly, not yearly");
  const unknown = run(["report", "weekly", "--database", "lab"], { DATABASE_URL_SHOP: shop });
  expect(unknown).toMatchObject({ status: 2, stdout: "" });
  expect(unknown.stderr).toContain("No database is called lab: DATABASE_URL_LAB is not set. There are: shop.");
});
