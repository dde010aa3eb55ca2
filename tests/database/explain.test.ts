import { expect, test } from "vitest";
import type { Access } from "../../src/database/access.ts";
import type { Mode } from "../../src/database/guard/statement.ts";
import { openLink } from "../../src/database/link.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { isClean } from "../../src/database/transaction.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connectionTo, quick, withoutPassword } from "./asking.ts";
import { asRole, asSuperuser, sessions } from "./sessions.ts";

const versions = [15, 18] as const;

const shop = `
  create schema sales;
  create table sales.orders (id int primary key, customer int, total text);
  insert into sales.orders select i, i % 100, 'CELL-' || i from generate_series(1, 5000) i;
  create table customers (id int primary key, tenant text);
  insert into customers select i, 't' || i % 3 from generate_series(1, 100) i;
  alter table customers enable row level security;
  create policy own on customers using (tenant = 't1');
  analyze;
  grant usage on schema sales to public;
  grant select on all tables in schema public, sales to public`;

const allowed: Access = { level: "analyze", trusted: [], analyzeAsSuperuser: false };

interface Told {
  readonly url: string;
  readonly sql: string;
  readonly mode?: Mode;
  readonly access?: Partial<Access>;
}

/** What the server makes of it: its top node and relation, or the words in which it or the guard says no. */
async function explained({ url, sql, mode = "explain", access = {} }: Told): Promise<string> {
  const connection = connectionTo(url);
  const database = openDatabase(connection, { limits: quick, access: { ...allowed, ...access } });
  try {
    const { plan, refused } = (await database.explain(sql, mode, {})) as { plan?: readonly [{ Plan: Node }]; refused?: object };
    return refused ? JSON.stringify(refused) : nodes(plan?.[0].Plan).join(" > ");
  } catch (error) {
    return String(withoutPassword(error, connection));
  } finally {
    await database.close();
  }
}

interface Node {
  readonly "Node Type": string;
  readonly "Index Cond"?: string;
  readonly Filter?: string;
  readonly "Actual Rows"?: number;
  readonly Plans?: readonly Node[];
}

const nodes = (node: Node | undefined): readonly string[] =>
  node === undefined
    ? []
    : [
        [node["Node Type"], node["Index Cond"] ?? node.Filter, node["Actual Rows"] !== undefined && `${Number(node["Actual Rows"])} rows`]
          .filter(Boolean)
          .join(" "),
        ...(node.Plans ?? []).flatMap(nodes),
      ];

test.each(versions)("Postgres %i plans and runs what the guard lets through, and names are those of the role", async (version) => {
  const { url } = await freshDatabase(version, shop);
  const reader = await asRole(version, { url, settings: ["set search_path = sales, public"] });
  expect(await explained({ url: reader, sql: "select total from orders where id = 7" })).toBe("Index Scan (orders.id = 7)");
  expect(await explained({ url: reader, sql: "select total from orders where id = $1" })).toBe("Index Scan (orders.id = $1)");
  expect(await explained({ url: reader, sql: "select total from orders where id = $1 and customer = $2 limit $3" })).toContain(
    "(orders.id = $1)",
  );
  expect(await explained({ url: reader, sql: "select total from orders where id < 4", mode: "analyze" })).toBe(
    "Index Scan (orders.id < 4) 3 rows",
  );
  expect(await explained({ url: reader, sql: "select id from customers" })).toContain("(customers.tenant = 't1'::text)");
});

test.each(versions)("on Postgres %i a superuser plans as a role that only reads, and runs nothing unless told to", async (version) => {
  const { url } = await freshDatabase(version, shop);
  expect(await explained({ url, sql: "select id from customers" })).toContain("(customers.tenant = 't1'::text)");
  expect(await explained({ url, sql: "select id from customers", mode: "analyze" })).toMatchInlineSnapshot(
    `"ToolError: Not sent to the database (guard, privileges): postgres is a superuser, and nothing that a superuser runs is safe. Connect as a role that only reads; SECURITY.md has the script. Ask without analyze for the plan. --allow-superuser-analyze runs it all the same."`,
  );
  const told = { analyzeAsSuperuser: true };
  expect(await explained({ url, sql: "select id from customers", mode: "analyze", access: told })).toBe(
    "Seq Scan (customers.tenant = 't1'::text) 34 rows",
  );
});

test("each level admits its own statements and none of the next", async () => {
  const { url } = await freshDatabase(18, shop);
  expect(await explained({ url, sql: "select 1", access: { level: "catalog" } })).toMatchInlineSnapshot(
    `"ToolError: Not sent to the database (guard, privileges): the server was started without --access explain. The twin plans it."`,
  );
  expect(await explained({ url, sql: "select 1", mode: "analyze", access: { level: "explain" } })).toMatchInlineSnapshot(
    `"ToolError: Not sent to the database (guard, privileges): the server was started without --access analyze. Ask without analyze, or start it with --access analyze."`,
  );
});

test.each(versions)("what Postgres %i says of a cell is not repeated, what it says of names is", async (version) => {
  const { url } = await freshDatabase(version, shop);
  const reader = await asRole(version, { url, settings: [] });
  const run = (sql: string) => explained({ url: reader, sql, mode: "analyze" });
  expect(await run("select total::date from sales.orders")).toMatchInlineSnapshot(
    `"{"code":"22007","message":"a value in its tables or constants cannot be computed with"}"`,
  );
  expect(await run("select 1 / (id - 5) from sales.orders")).toMatchInlineSnapshot(
    `"{"code":"22012","message":"a value in its tables or constants cannot be computed with"}"`,
  );
  expect(JSON.parse(await run("select totl from sales.orders"))).toMatchObject({ code: "42703", position: 8 });
});

test.each(versions)("time and cost are bounded on Postgres %i", async (version) => {
  const { url } = await freshDatabase(version, shop);
  const reader = await asRole(version, { url, settings: ["set statement_timeout = 0"] });
  const endless = "with recursive t(n) as (select 1 union all select n + 1 from t where n < 1000000000) select count(*) from t";
  expect(await explained({ url: reader, sql: endless, mode: "analyze" })).toMatchInlineSnapshot(
    `"ToolError: The server was stopped after 0.5 s of planning or running the statement. Ask without analyze for the plan, or ask about a smaller part."`,
  );
  const dear = "select count(*) from sales.orders a, sales.orders b, sales.orders c";
  expect((await explained({ url: reader, sql: dear, mode: "analyze" })).replace(/[\d,]{9,}(?= cost)/, "N")).toMatchInlineSnapshot(
    `"ToolError: Not sent to the database (guard, limits): the planner expects N cost units, and statements over 1,000,000 are not run. Ask without analyze for the plan, or narrow the statement."`,
  );
});

test.each(versions)(
  "a statement of a caller leaves nothing in the session that the next transaction uses on Postgres %i",
  async (version) => {
    const { url } = await freshDatabase(version, shop);
    const reader = await asRole(version, { url, settings: ["set search_path = sales"] });
    const database = openDatabase(connectionTo(reader), { access: allowed });
    const pids = () =>
      database.transaction((reads) => reads.read<{ pid: number; prepared: string }>(seen), {}).then(([row]) => row ?? expect.unreachable());
    const seen =
      "select pg_backend_pid() as pid, (select count(*) from pg_prepared_statements)::text || current_setting('search_path') as prepared";
    const before = await pids();
    await database.explain("select total from orders where id = $1", "explain", {});
    await database.explain("select total, nothing from orders where id = $1", "explain", {}).catch(() => undefined);
    expect(await pids()).toMatchObject({ prepared: "0pg_catalog, pg_temp" });
    await database.explain("select total from orders where id = 3", "explain", {});
    const kept = await pids();
    await database.explain("select total from orders where id = 3", "explain", {});
    expect((await pids()).pid).toBe(kept.pid);
    await database.explain("select total from orders where id = 3", "analyze", {});
    expect((await pids()).pid).not.toBe(kept.pid);
    expect(before.pid).toBeGreaterThan(0);
    await database.close();
    const name = new URL(url).pathname.slice(1);
    const log = (await cluster(version).log()).split("\n").filter((line) => line.includes(` ${name} backend-db-mcp`));
    expect(log.filter((line) => /commit/i.test(line))).toEqual([]);
    expect(log.filter((line) => /explain \(analyze/.test(line)).length).toBe(1);
  },
);

test("a session with a role or a lock left in it is not used again, and an answer that grows too large ends it", async () => {
  const { url } = await freshDatabase(18);
  const signal = new AbortController().signal;
  const open = () => openLink({ connection: connectionTo(url), startup: undefined, deadline: 10_000, signal });
  const link = await open();
  expect(await isClean(link)).toBe(true);
  await link.query("select pg_advisory_lock(1)", []);
  expect(await isClean(link)).toBe(false);
  await link.query("select pg_advisory_unlock_all()", []);
  expect(await isClean(link)).toBe(true);
  await link.query("set role pg_read_all_data", []);
  expect(await isClean(link)).toBe(false);
  await link.query("reset role", []);
  await expect(link.query("select repeat('x', 3000000)", [], { bytes: 1_000_000 })).rejects.toMatchObject({ code: "TOO_MUCH" });
  expect(link.broken()).toBe(true);
  await asSuperuser(url, async (client) => expect.poll(() => sessions(client), { timeout: 5_000 }).toBe(0));
});
