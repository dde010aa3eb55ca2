import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { queries, schema } from "../../src/demo/shop.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { restoreQuery } from "../../src/twin/restore-query.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { copyOfShop } from "../postgres/shop.ts";
import { agreement, type Told, tell } from "./assumed-plans.ts";
import { fromText } from "./from-text.ts";
import { startTwin, wholeCatalog } from "./twin.ts";

const twin = startTwin();
const shop = ["customers", "products", "orders", "order_items", "events"].map((name) => ({ schema: "public", name }));
const workload = { queries, candidates: [] };
const databases = { 15: "", 18: "" };

beforeAll(async () => {
  databases[15] = (await copyOfShop(15)).url;
  databases[18] = (await copyOfShop(18)).url;
}, 120_000);

/** What the query prints, as `psql -XAt` does. */
async function printed(url: string, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      "drop role if exists text_reader; create role text_reader; grant select on all tables in schema public to text_reader; begin read only; set local role text_reader",
    );
    const { rows: lines } = await client.query<[string]>({ text: sql, rowMode: "array" });
    await client.query("commit; drop owned by text_reader; drop role text_reader");
    return lines.map(([line]) => line).join("\n");
  } finally {
    await client.end();
  }
}

const withValues = (sql: string) => sql.replaceAll(/\/\*|\*\//g, "");

/** Text says nothing of how the database sorts nor of its version, so both are made alike. */
async function toldByLive(url: string): Promise<Told> {
  const catalog = await wholeCatalog(url);
  const as18 = { ...catalog, settings: { ...catalog.settings, versionNumber: 180000 } };
  return twin.use({ ...needsOf(as18), sortsByBytes: false }, async (session) => {
    await build(session, as18);
    return tell(session, as18.tables, workload);
  });
}

const toldByText = (script: string) =>
  fromText(
    twin,
    { text: `${schema}\n${script}` },
    async ({ session, tables, sizes, grade, assumptions, loaded: { notRestored, notRun } }) => ({
      known: { sizes, grade, assumptions, notRestored, notRun },
      told: await tell(session, tables, workload),
    }),
  );

const measured = { sizes: "measured", grade: "full", assumptions: [], notRestored: [], notRun: [] };

test.each([15, 18] as const)(
  "what a reader gets of the query on PostgreSQL %i, values included, plans as the twin of that database does",
  async (version) => {
    const { known, told } = await toldByText(await printed(databases[version], withValues(restoreQuery(shop))));
    const live = await toldByLive(databases[version]);
    expect(known).toEqual(measured);
    const off = queries.filter((_, position) => {
      const [text, real] = [told.plans[position], live.plans[position]];
      return !text || !real || text.shape !== real.shape || Math.abs(text.cost / real.cost - 1) > 0.005;
    });
    expect(off).toEqual([]);
  },
);

test("without its part in comments the query brings no value of any row, and plans are near", async () => {
  const script = await printed(databases[18], restoreQuery(shop));
  expect(script).not.toMatch(/Customer|example|shipped|lamp|FR\b|most_common|histogram|2025/);
  const { known, told } = await toldByText(script);
  expect(known).toEqual(measured);
  const found = agreement(told, await toldByLive(databases[18]));
  process.stdout.write(
    `the shop with statistics but no values: shape ${found.shapes}/${found.queries}, scans ${found.scans}/${found.queries}, cost off by x${found.medianCostError} (median)\n`,
  );
  expect(found.scans).toBeGreaterThanOrEqual(21);
});

test("tables that grew, were never analysed or hold nothing are told as the planner sees them", async () => {
  const { url } = await freshDatabase(
    18,
    `create table grown (id int); insert into grown select generate_series(1, 1000); analyze grown; insert into grown select generate_series(1, 9000);
     create table "New ""one""" (id int); insert into "New ""one""" select generate_series(1, 5000); create table none (id int);
     create table parent (id int) partition by range (id); create table parent_1 partition of parent default; insert into parent select generate_series(1, 3000); analyze parent;
     create view seen as select 1;`,
  );
  const names = ["grown", 'New "one"', "none", "parent", "seen", "gone"].map((name) => ({ schema: "public", name }));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: lines } = await client.query<[string]>({ text: restoreQuery(names), rowMode: "array" });
  await client.end();
  const text = `create table grown (id int); create table "New ""one""" (id int); create table none (id int);
    create table parent (id int) partition by range (id); create table parent_1 partition of parent default; ${lines.map(([line]) => line).join("\n")}`;
  const sizes = await fromText(twin, { text }, async ({ tables, grade, session }) => ({
    grade,
    rows: Object.fromEntries(tables.map(({ name, rows: count }) => [name, count])),
    planned: JSON.stringify(await session.explain({ sql: 'select 1 from "New ""one"""', searchPath: ["public"], generic: false })),
  }));
  expect(sizes).toMatchObject({
    grade: "partial",
    rows: { grown: 9000, 'New "one"': undefined, none: undefined, parent: 3000, parent_1: 3000 },
  });
  expect(sizes.planned).toContain('"Plan Rows":5');
});
