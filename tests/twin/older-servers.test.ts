import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { newerThan } from "../../src/plan/newer.ts";
import { type Plan, parsePlan } from "../../src/plan/plan.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { findOffsets } from "../../src/twin/hook.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { startTwin, wholeCatalog } from "./twin.ts";

const schema = `
  create table readings (a int not null, b int not null, c int, d int not null, t text not null, pad text not null);
  insert into readings
    select i % 5, i, i % 20, (i * 7919) % 1000, 'sensor ' || i % 300, repeat('x', 60) from generate_series(1, 200000) i;
  create index readings_a_b on readings (a, b);
  create index readings_c_d_b on readings (c, d, b);
  create unique index readings_a_c_b on readings (a, c, b) include (d);
  create index readings_part on readings (c, b) where d < 100;
  create index readings_lower on readings (lower(t), b);
  create table small (id int primary key, kind int not null, name text not null);
  insert into small select i, i % 7, 'name ' || i from generate_series(1, 4000) i;
  create index small_kind_name on small (kind, name);
  analyze;`;

/** A condition is missing on a first or middle column, or is none that bounds the scan. */
const gaps = [
  "select pad from readings where b = 12345",
  "select pad from readings where b between 100 and 200",
  "select pad from readings where b in (5, 6, 7)",
  "select a, b from readings where b = 77",
  "select a from readings where b < 50 order by a",
  "select pad from readings where a > 1 and b = 12345",
  "select pad from readings where a >= 0 and a < 3 and b = 99",
  "select pad from readings where d = 500 and b = 99",
  "select pad from readings where c = 3 and b = 99",
  "select pad from readings where c is null and b = 99",
  "select pad from readings where a = 1 and b = 12346",
  "select pad from readings where a is not null and b = 12345",
  "select pad from readings where (a, b) < (1, 100) and b = 5",
  "select a, c, b, d from readings where a = 1 and b = 4001",
  "select a, c, b from readings where c = 4 and b = 4004",
  "select b from readings where d < 100 and b = 300",
  "select b from readings where d < 100 and c = 4 and b = 304",
  "select pad from readings where lower(t) = 'sensor 7' and b = 7",
  "select b from readings where lower(t) > 'sensor 2' and b = 299",
  "select a, b from readings order by a, b limit 10",
  "select max(b) from readings where c = 2",
  "select min(b) from readings",
  "select count(*) from readings where b < 1000",
  "select r.pad from small s join readings r on r.b = s.id where s.kind = 3 and s.id < 40",
  "select name from small where name = 'name 17'",
  "select pad from readings where d is null",
  "select pad from readings where d is not null and a = 2 and b = 2",
];

/** From 17 on an IN list counts fewer descents on an index of few pages. */
const arrays = [
  "select name from small where id in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)",
  `select name from small where id = any ('{${Array.from({ length: 40 }, (_, i) => i * 90).join()}}')`,
  "select kind from small where kind in (1, 3) and name = 'name 3'",
  "select kind from small where kind in (1, 3) and name in ('name 1', 'name 3', 'name 5')",
  "select pad from readings where a in (1, 2) and b in (11, 12, 13, 14)",
  "select pad from readings where c in (1, 2) and d = 5",
  "select pad from readings where c in (1, 2) and b in (100001, 100002)",
  "select s.name from small s where exists (select from readings r where r.a in (1, 2) and r.b = s.id) and s.kind = 2",
  "select name from small where name in ('name 4', 'name 5')",
];

/** What no setting takes away: with words of the limit that says so. */
const novelties: readonly (readonly [sql: string, told: RegExp])[] = [
  ["select distinct a, d from readings order by a limit 1000", /16 .*DISTINCT/],
  ["select a, d from readings order by a, d limit 10", /16 .*Incremental Sort/],
  ["with x as materialized (select d from readings where b < 1000) select * from x join small s on s.id = x.d", /17 .*CTE/],
  ["select a from readings union select kind from small", /17 .*UNION/],
  ["select a, b from readings union select kind, id from small order by 1, 2 limit 10", /17 .*UNION/],
  ["select * from small s where s.kind in (select r.a from readings r where r.b = s.id)", /17 .*IN subquery/],
  ["select a, c, b from readings where a = 1 and c in (1, 4, 6) order by a, c, b limit 10", /17 .*keeps its order/],
  ["select b from readings intersect select id from small", /18 .*INTERSECT/],
  ["select pad from readings where b = 12345 or b = 3", /18 .*OR/],
  ["select pad from readings where a in (values (1), (2))", /18 .*VALUES/],
  ["select * from generate_series(timestamp '2024-01-01', timestamp '2024-02-01', '1 day') g", /18 .*generate_series/],
  ["select c, d from readings group by grouping sets ((c, d), (c)) having c = 3", /18 .*HAVING/],
];

interface Compared {
  readonly sql: string;
  readonly plan: Plan;
  readonly scans: readonly [twin: string, real: string];
  readonly costs: readonly [twin: number, real: number];
}

const twin = startTwin();
const files = startTwin({ sizes: "files" });

const scansOf = ({ nodes }: Plan) =>
  nodes.flatMap(({ label, relation, index }) => (relation || index ? [`${label} ${relation?.name ?? ""} ${index ?? ""}`] : [])).join(", ");

/** The same statements, planned by the server itself and by a twin of it. */
async function compare(url: string, queries: readonly string[], planner = twin) {
  const catalog = await wholeCatalog(url);
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  try {
    return await planner.use(needsOf(catalog), async (session) => {
      const limits = await build(session, catalog);
      const compared: Compared[] = [];
      for (const sql of queries) {
        const { rows } = await server.query(`explain (verbose, format json) ${sql}`);
        const real = parsePlan(rows[0]["QUERY PLAN"]);
        const explained = await session.explain({ sql, searchPath: catalog.settings.searchPath, generic: false });
        if (explained.refused) throw new Error(`${sql}: ${explained.refused.message}; ${limits.join("; ")}`);
        const plan = parsePlan(explained.plan);
        compared.push({ sql, plan, scans: [scansOf(plan), scansOf(real)], costs: [plan.root.totalCost, real.root.totalCost] });
      }
      return { limits, compared };
    });
  } finally {
    await server.end();
  }
}

let eighteen: { url: string };
let fifteen: { url: string };

beforeAll(async () => {
  eighteen = await freshDatabase(18, schema);
  fifteen = await freshDatabase(15, schema);
}, 120_000);

const differs = ({ scans: [twinScans, realScans], costs: [twinCost, realCost] }: Compared) =>
  twinScans !== realScans || Math.abs(twinCost / realCost - 1) > 0.001;

test("without a condition on a first or middle column, a B-tree scan costs what the server says: 15 reads, 18 skips", async () => {
  const of15 = await compare(fifteen.url, gaps);
  const of18 = await compare(eighteen.url, gaps);
  expect([...of15.limits, ...of18.limits]).toEqual([]);
  expect([...of15.compared, ...of18.compared].filter(differs)).toEqual([]);
  expect([of15, of18].map(({ compared }) => Math.round(compared[0]?.costs[0] ?? 0))).toEqual([3708, 31]);
  expect(of15.compared.filter(({ costs }, position) => costs[0] !== of18.compared[position]?.costs[0]).length).toBeGreaterThanOrEqual(15);
});

test("a list of values costs what the server says: 15 descends for each of them, 18 at most for each third page", async () => {
  const of15 = await compare(fifteen.url, arrays);
  const of18 = await compare(eighteen.url, arrays);
  expect([...of15.compared, ...of18.compared].filter(differs)).toEqual([]);
  expect(of15.compared.filter(({ costs }, position) => costs[0] !== of18.compared[position]?.costs[0]).length).toBeGreaterThanOrEqual(4);
});

test("where the planner of 18 cannot be held back, a limit says what 15 does not have", async () => {
  const { compared } = await compare(
    fifteen.url,
    novelties.map(([sql]) => sql),
  );
  for (const [position, { sql, plan, ...rest }] of compared.entries()) {
    expect({ sql, differs: differs({ sql, plan, ...rest }) }).toEqual({ sql, differs: true });
    expect(newerThan({ versionNumber: 150000, plan, sql }).join("\n")).toMatch(novelties[position]?.[1] ?? "");
    expect(newerThan({ versionNumber: 180000, plan, sql })).toEqual([]);
  }
});

test("what the plan does not hold is no limit", async () => {
  const { compared } = await compare(fifteen.url, gaps.slice(0, 3));
  expect(compared.flatMap(({ plan, sql }) => newerThan({ versionNumber: 150000, plan, sql }))).toEqual([]);
});

test("one twin plans for 15, for 18 and for 15 again, and takes nothing over", async () => {
  const costs: number[] = [];
  for (const url of [fifteen.url, eighteen.url, fifteen.url]) {
    const { compared } = await compare(url, gaps.slice(0, 1));
    costs.push(Math.round(compared[0]?.costs[0] ?? 0));
  }
  expect(costs).toEqual([3708, 31, 3708]);
});

test("a statement that is refused while it is planned leaves the older planner in place", async () => {
  const { compared } = await compare(fifteen.url, gaps.slice(0, 1));
  const catalog = await wholeCatalog(fifteen.url);
  const costs = await twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    const explain = (sql: string) => session.explain({ sql, searchPath: ["public"], generic: false });
    const failed = await explain("select pad from readings where b = (1 / (c - c)) and b = 5 / 0");
    const again = await explain(gaps[0] ?? "");
    return { code: failed.refused?.code, cost: again.refused ? 0 : parsePlan(again.plan).root.totalCost };
  });
  expect(costs).toEqual({ code: "22012", cost: compared[0]?.costs[0] });
});

test("with sizes told by files the twin of 15 cannot but skip, and says so", async () => {
  const { limits, compared } = await compare(fifteen.url, gaps.slice(0, 1), files);
  expect(limits).toHaveLength(1);
  expect(limits[0]).toMatch(/PostgreSQL 15 does not/);
  expect(compared[0]?.costs[0]).toBeLessThan(100);
  expect((await compare(eighteen.url, gaps.slice(0, 1), files)).limits).toEqual([]);
});

/** A relation in memory as the hook expects it, each word where this build has it. */
function laidOut(wrong: Readonly<Record<number, number>> = {}): DataView {
  const view = new DataView(new ArrayBuffer(2048));
  const [rel, bitmap, list, elements, index] = [0, 512, 600, 700, 800];
  const words: Record<number, number> = {
    [rel + 92]: bitmap,
    [rel + 108]: list,
    [rel + 116]: 123_457,
    [bitmap + 4]: 1,
    [bitmap + 8]: 4,
    [list + 4]: 1,
    [list + 12]: elements,
    [elements]: index,
    [index + 4]: 16_400,
    [index + 16]: 54_321,
    [index + 36]: 1,
    ...wrong,
  };
  for (const [offset, word] of Object.entries(words)) view.setUint32(Number(offset), word, true);
  view.setFloat64(rel + 120, 7_654_321, true);
  view.setFloat64(rel + 128, 61_728 / 123_457, true);
  return view;
}

test("the hook is used only where every planted number stands where it should", () => {
  expect(findOffsets(laidOut(), 0, 16_400)).toEqual({ notNull: 92, indexlist: 108, pages: 116, tuples: 120, allVisible: 128 });
  const wrong = [{ 116: 123_458 }, { 816: 1 }, { 804: 16_401 }, { 836: 2 }, { 832: 1 }, { 604: 2 }, { 108: 0 }, { 92: 0 }, { 520: 2 }];
  for (const change of wrong) expect({ change, found: findOffsets(laidOut(change), 0, 16_400) }).toEqual({ change, found: undefined });
});
