import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { type Plan, parsePlan } from "../../src/plan/plan.ts";
import { verifyRemedies } from "../../src/remedies/verify.ts";
import rule from "../../src/rules/plan/row-misestimate.ts";
import { run } from "../../src/rules/rule.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { keptSession, wholeCatalog } from "../twin/twin.ts";

const setup = `
create table visits (page int not null, email text not null, depot int not null, town int not null, state text not null);
insert into visits
select case when i <= 120000 then i % 120 else i end, case when i % 2 = 0 then 'Ann@' else 'ann@' end || case when i % 3 = 0 then '' else i::text end,
       i % 50, i % 50, 'new'
  from generate_series(1, 240000) i;
alter table visits alter column state set statistics 1000;
analyze visits;
update visits set state = 'old' where depot = 1;
`;

let client: pg.Client;
const expression = "lower(email) = 'ann@'";
/** Each of them made before a test gives the server other statistics. */
let plans: Readonly<Record<"stale" | "expression" | "unlisted" | "together", Plan>>;
let unlisted: string;
let catalog: Catalog;
let session: Session;

const planned = async (where: string) => {
  const { rows } = await client.query(`explain (analyze, format json, verbose) select * from visits where ${where}`);
  return parsePlan(rows[0]["QUERY PLAN"]);
};

beforeAll(async () => {
  const { url } = await freshDatabase(18);
  client = new pg.Client(url);
  await client.connect();
  await client.query("set max_parallel_workers_per_gather = 0");
  for (const statement of setup.split(/;\n/).filter((part) => part.trim() !== "")) await client.query(statement);
  const stale = await planned("state = 'old'");
  await client.query("vacuum analyze visits");
  const { rows } = await client.query(
    "select min(page) as page from visits where page < 120 and page <> all (select unnest(most_common_vals::text::int[]) from pg_stats where tablename = 'visits' and attname = 'page')",
  );
  unlisted = `page = ${rows[0].page}`;
  const together = await planned("depot = 7 and town = 7");
  plans = { stale, expression: await planned(expression), unlisted: await planned(unlisted), together };
  catalog = await wholeCatalog(url);
  session = await keptSession(catalog);
}, 60_000);

afterAll(() => client.end());

const found = async (plan: Plan) => {
  const find = ({ name }: { readonly name: string }) => catalog.tables.find((table) => table.name === name);
  const verified = await verifyRemedies(plan, { session, searchPath: ["public"], tables: catalog.tables, find });
  return run([rule], verified, 18).map(({ message, fix, undo }) => ({ message, fix, undo }));
};

test("a plan that is older than the statistics needs nothing: they are told what the planner expects now", async () => {
  const [finding] = await found(plans.stale);
  expect(finding).toEqual({
    message: expect.stringMatching(
      /^The planner expected 1 row from Seq Scan on visits and got 4,800\. By the statistics that are there now it expects 4,\d{3}\.$/,
    ),
    fix: undefined,
    undo: undefined,
  });
});

test("statistics on an expression are offered with the rows that they make the planner expect, and a server that has them expects as many", async () => {
  const [finding] = await found(plans.expression);
  expect(finding?.fix).toBe("create statistics visits_stats on (lower(email)) from visits; analyze visits;");
  const [, promised] = / and got 80,000\. With statistics on the expression it would expect ([\d,]+)\.$/.exec(finding?.message ?? "") ?? [];
  for (const statement of finding?.fix?.split("; ") ?? []) await client.query(statement);
  const { expectedRows } = (await planned(expression)).root;
  await client.query(finding?.undo ?? "");
  const ratio = Number(promised?.replaceAll(",", "")) / expectedRows;
  expect(ratio).toBeGreaterThan(0.8);
  expect(ratio).toBeLessThan(1.25);
});

test("a column that has more common values than its statistics hold is offered more of them, and a server that has them expects the rows", async () => {
  const [finding] = await found(plans.unlisted);
  expect(finding?.message).toMatch(/^The planner expected \d rows? from Seq Scan on visits and got 1,000\.$/);
  expect(finding?.fix).toBe("alter table visits alter column page set statistics 1000; analyze visits;");
  for (const statement of finding?.fix?.split("; ") ?? []) await client.query(statement);
  expect((await planned(unlisted)).misestimates).toEqual([]);
  for (const statement of finding?.undo?.split("; ") ?? []) await client.query(statement);
  const undone = await client.query("select attstattarget from pg_attribute where attrelid = 'visits'::regclass and attname = 'page'");
  expect(undone.rows).toEqual([{ attstattarget: null }]);
});

test("what columns hold together follows from no statistics that are there: the remedy stands as it is", async () => {
  const [finding] = await found(plans.together);
  expect(finding?.message).toMatch(/^The planner expected \d+ rows from Seq Scan on visits and got 4,800\.$/);
  expect(finding?.fix).toBe("create statistics visits_depot_town_stats on depot, town from visits; analyze visits;");
});
