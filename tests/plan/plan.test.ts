import { beforeAll, expect, test } from "vitest";
import { ToolError } from "../../src/error.ts";
import { type Plan, type PlanNode, parsePlan } from "../../src/plan/plan.ts";
import { analyzed, openShop, parallel, planned, type Settings, type Shop } from "./shop.ts";

let eighteen: Shop;
let fifteen: Shop;
beforeAll(async () => {
  [eighteen, fifteen] = [await openShop(18), await openShop(15)];
});

const nodeOf = ({ nodes }: Pick<Plan, "nodes">, type: string): PlanNode => {
  const node = nodes.find((node) => node.type === type);
  if (!node) throw new Error(`No ${type} in ${nodes.map(({ type }) => type)}.`);
  return node;
};

const minimal = { "Node Type": "Result", "Startup Cost": 0, "Total Cost": 0.01, "Plan Rows": 1, "Plan Width": 4 };

test.each([
  ["the list that pg parses", [{ Plan: minimal }]],
  ["the statement alone", { Plan: minimal }],
  ["a row", { "QUERY PLAN": [{ Plan: minimal }] }],
  ["rows", [{ "QUERY PLAN": [{ Plan: minimal }] }]],
  ["rows that hold text", [{ "QUERY PLAN": JSON.stringify([{ Plan: minimal }]) }]],
  ["text", JSON.stringify([{ Plan: minimal }], null, 2)],
  ["what auto_explain logs", JSON.stringify({ "Query Text": "select 1", Plan: minimal })],
  [
    "what psql draws",
    ` QUERY PLAN \n------------\n${JSON.stringify([{ Plan: minimal }], null, 2)
      .split("\n")
      .map((line) => ` ${line.padEnd(20)}+`)
      .join("\n")
      .slice(0, -1)}\n(1 row)\n`,
  ],
])("a plan is read from %s", (_, explained) => {
  expect(parsePlan(explained).root).toMatchObject({ type: "Result", totalCost: 0.01, planRows: 1, planWidth: 4 });
});

test.each([
  ["text without costs", "Seq Scan on orders"],
  ["text with actual rows and without costs", "Seq Scan on orders (actual time=0.012..0.526 rows=1666.00 loops=1)"],
  ["JSON that was cut", JSON.stringify([{ Plan: minimal }]).slice(0, -5)],
  ["JSON in lists without end", "[".repeat(10_000) + "]".repeat(10_000)],
  ["nothing", ""],
  ["null", null],
  ["a number", 7],
  ["an empty list", []],
  ["two plans", [{ Plan: minimal }, { Plan: minimal }]],
  ["other JSON", { plan: minimal }],
  ["a node without a type", { Plan: { ...minimal, "Node Type": undefined } }],
  ["a plan without costs", { Plan: { "Node Type": "Seq Scan" } }],
  ["a plan whose costs are text", { Plan: { ...minimal, "Total Cost": "0.01" } }],
])("%s is refused with the command that gives a plan", (_, explained) => {
  expect(() => parsePlan(explained)).toThrow(
    expect.objectContaining({
      code: "invalid_argument",
      message: expect.stringContaining("explain (analyze, buffers, settings, format json)"),
    }),
  );
});

test("a plan that is nested without end is refused, not overflowed", () => {
  let plan: object = minimal;
  for (let depth = 0; depth < 20_000; depth++) plan = { ...minimal, Plans: [plan] };
  expect(() => parsePlan({ Plan: plan })).toThrow(ToolError);
});

const kinds: [sql: string, types: string[], settings?: Settings][] = [
  ["select 1", ["Result"]],
  ["select * from orders where customer_id = 1 and created_at > now()", ["Index Scan"], { enable_bitmapscan: "off" }],
  ["select id from orders where id < 10", ["Index Only Scan"], { enable_bitmapscan: "off" }],
  [
    "select * from orders where customer_id = 1 or created_at = '2026-01-02'",
    ["Bitmap Heap Scan", "BitmapOr", "Bitmap Index Scan"],
    { enable_seqscan: "off" },
  ],
  ["select * from customers where ctid = '(0,1)'", ["Tid Scan"]],
  ["select * from customers where ctid < '(1,0)'", ["Tid Range Scan"]],
  ["select * from customers tablesample system (10)", ["Sample Scan"]],
  ["select * from generate_series(1, 10) n where n > 3", ["Function Scan"]],
  ["select * from (values (1), (2)) v (n) order by n", ["Sort", "Values Scan"]],
  ["select * from xmltable('/a' passing '<a/>' columns b text)", ["Table Function Scan"]],
  [
    "with recursive t (n) as (select 1 union all select n + 1 from t where n < 5) select * from t",
    ["CTE Scan", "Recursive Union", "WorkTable Scan"],
  ],
  ["select * from (select id, random() as r from customers offset 0) s where r > 0.5", ["Subquery Scan"]],
  ["select country, count(*) from customers group by country", ["Aggregate"]],
  ["select country, name, count(*) from customers group by grouping sets (country, name)", ["Aggregate"]],
  ["select distinct on (country) * from customers order by country, id", ["Unique"]],
  ["select rank() over (order by name) from customers", ["WindowAgg"]],
  ["select id from customers union all select id from orders", ["Append"]],
  ["select id from customers intersect select id from orders", ["SetOp"]],
  ["(select id from customers order by id) union all (select id from orders order by id) order by id limit 3", ["Limit", "Merge Append"]],
  ["select * from orders o join customers c on c.id = o.customer_id", ["Hash Join", "Hash"]],
  ["select * from orders o join customers c on c.id = o.id", ["Merge Join"], { enable_hashjoin: "off", enable_nestloop: "off" }],
  ["select * from bands b join customers c on c.id > b.id", ["Nested Loop"]],
  ["select * from bands b left join customers c on c.name > b.id::text", ["Nested Loop", "Materialize"]],
  [
    "select * from orders o join customers c on c.id = o.customer_id where o.id < 20000",
    ["Memoize"],
    { enable_hashjoin: "off", enable_mergejoin: "off" },
  ],
  ["select * from orders order by customer_id, note limit 10", ["Incremental Sort"]],
  ["select * from orders for update", ["LockRows"]],
  ["select generate_series(1, id) from bands", ["ProjectSet"]],
  ["select id, note from orders order by note", ["Gather Merge"], parallel],
  ["select count(*) from orders where note is not null", ["Gather"], parallel],
  ["insert into settings select key || 'x', value from settings", ["ModifyTable"]],
  ["update settings set value = 'x'", ["ModifyTable"]],
  ["delete from settings", ["ModifyTable"]],
  ["merge into settings s using bands b on s.key = b.id::text when matched then delete", ["ModifyTable"]],
  ["select (select max(n) from generate_series(1, c.id) n) from customers c where id < 10", ["Aggregate"]],
];

test.each(kinds)("%s is read on 15 and 18, planned and run", async (sql, types, settings) => {
  for (const shop of [fifteen, eighteen])
    for (const plan of [await planned(shop, sql, settings), await analyzed(shop, sql, settings)]) {
      expect(plan.nodes.map(({ type }) => type)).toEqual(expect.arrayContaining(types));
      for (const node of plan.nodes) {
        expect(node.expectedShare).toBeGreaterThanOrEqual(0);
        expect(node.expectedShare).toBeLessThanOrEqual(1);
      }
    }
});

test("a plan that was not run has no actual numbers", async () => {
  const plan = await planned(eighteen, "select * from orders where total = 5");
  expect(plan).toMatchObject({ analyzed: false, executionTime: undefined, workMem: 4 * 1024 * 1024, workMemAssumed: false });
  expect(plan.root).toMatchObject({
    actualRows: undefined,
    loops: undefined,
    ownTime: undefined,
    ownBuffers: undefined,
    relationRows: 200_000,
  });
});

test("TIMING OFF leaves the times out and keeps the rows", async () => {
  const plan = parsePlan(await eighteen.explain("analyze, timing off", "select * from bands"));
  expect(plan.root).toMatchObject({ actualRows: 100, loops: 1, ownTime: undefined });
});

test("memory is taken from the settings of the plan, and what the caller knows goes first", async () => {
  const explained = await eighteen.explain("settings", "select 1", { work_mem: "16MB" });
  expect(parsePlan(explained)).toMatchObject({ workMem: 16 * 1024 * 1024, workMemAssumed: false });
  expect(parsePlan(explained, { workMem: 1024 })).toMatchObject({ workMem: 1024 });
  expect(parsePlan(await eighteen.explain("costs", "select 1"))).toMatchObject({ workMem: 4 * 1024 * 1024, workMemAssumed: true });
});

test("without a schema the size of a relation is known if only one has its name", async () => {
  const explained = await eighteen.explain("costs", "select * from bands");
  const [one, other] = [
    { rows: 1, pages: 1 },
    { rows: 2, pages: 2 },
  ];
  expect(parsePlan(explained, { relations: new Map([["shop.bands", one]]) }).root.relationRows).toBe(1);
  expect(
    parsePlan(explained, {
      relations: new Map([
        ["shop.bands", one],
        ["b.bands", other],
      ]),
    }).root.relationRows,
  ).toBeUndefined();
  const verbose = await eighteen.explain("verbose", "select * from bands");
  expect(
    parsePlan(verbose, {
      relations: new Map([
        ["shop.bands", one],
        ["public.bands", other],
      ]),
    }).root.relationRows,
  ).toBe(2);
});

test.each([15, 18] as const)("rows of parallel workers add up to those of the table on %i", async (version) => {
  const shop = version === 15 ? fifteen : eighteen;
  const { nodes, root } = await analyzed(shop, "select * from orders where total <> 5", {
    ...parallel,
    parallel_leader_participation: "on",
  });
  const scan = nodes[1];
  expect(root).toMatchObject({ type: "Gather", workersPlanned: 2 });
  expect(scan).toMatchObject({ label: "Parallel Seq Scan", loops: 1 + (root.workersLaunched ?? 0) });
  expect((scan?.actualRows ?? 0) + (scan?.rowsRemovedByFilter ?? 0)).toBeCloseTo(200_000, -1);
  expect((scan?.expectedRows ?? 0) / 200_000).toBeCloseTo(1, 1);
});

test("a join that every worker does whole counts each time", async () => {
  const { nodes } = await analyzed(eighteen, "select count(*) from orders o join customers c on c.id = o.customer_id", {
    ...parallel,
    enable_parallel_hash: "off",
    enable_nestloop: "off",
    enable_mergejoin: "off",
  });
  const loops = 1 + (nodeOf({ nodes }, "Gather").workersLaunched ?? 0);
  expect(nodeOf({ nodes }, "Hash")).toMatchObject({ expectedRows: 5000 * loops, actualRows: 5000 * loops, loops, hashBatches: 1 });
});

test("own times add up to the time of the plan, with CTEs and subqueries charged to the node that asked", async () => {
  const sql = `with few as materialized (select * from orders where total < 5)
    select count(*) from few a join few b using (id) where a.total < (select avg(total) from orders)`;
  for (const shop of [fifteen, eighteen]) {
    const { nodes, root } = await analyzed(shop, sql);
    const total = nodes.reduce((sum, { ownTime = 0 }) => sum + ownTime, 0);
    expect(Math.abs(total - (root.timePerLoop ?? 0))).toBeLessThan(0.1 * (root.timePerLoop ?? 0));
    const scans = nodes.filter(({ type }) => type === "CTE Scan");
    const ofScans = scans.reduce((sum, { ownTime = 0 }) => sum + ownTime, 0);
    expect(ofScans).toBeLessThan(0.2 * (root.timePerLoop ?? 0));
  }
});

test("own blocks add up to those of the plan", async () => {
  const { nodes, root } = await analyzed(eighteen, "select * from orders o join customers c on c.id = o.customer_id order by note, o.id");
  const sum = (of: (node: PlanNode) => number | undefined) => nodes.reduce((total, node) => total + (of(node) ?? 0), 0);
  expect(sum(({ ownBuffers }) => ownBuffers?.sharedHit)).toBe(root.buffers?.sharedHit);
  expect(root.ownBuffers?.tempWritten).toBeGreaterThan(0);
  expect(nodeOf({ nodes }, "Seq Scan").ownBuffers?.tempWritten).toBe(0);
});

test("a LIMIT is expected to read its share of the table, an OFFSET included", async () => {
  const first = await planned(eighteen, "select * from orders limit 2000");
  expect(nodeOf(first, "Seq Scan").expectedShare).toBeCloseTo(0.01, 3);
  const later = await planned(eighteen, "select * from orders limit 2000 offset 98000");
  expect(nodeOf(later, "Seq Scan").expectedShare).toBeCloseTo(0.5, 2);
  const sorted = await planned(eighteen, "select * from orders order by note, total limit 10 offset 40");
  expect(nodeOf(sorted, "Seq Scan").expectedShare).toBe(1);
  expect(nodeOf(sorted, "Sort").sortBound).toBeGreaterThanOrEqual(46);
  expect(nodeOf(sorted, "Sort").sortBound).toBeLessThanOrEqual(54);
});

test("a generic plan is told from one with the value of a subquery", async () => {
  const generic = await eighteen.explain(
    "generic_plan",
    "select * from orders where customer_id = $1 and total > (select avg(high) from bands)",
  );
  expect(parsePlan(generic).generic).toBe(true);
  for (const shop of [fifteen, eighteen])
    expect((await planned(shop, "select * from orders where total > (select avg(high) from bands) and note <> '$1'")).generic).toBe(false);
});

test("conditions carry no control characters", async () => {
  const { root } = await planned(eighteen, "select * from orders where note = E'a\\n\\u001b[31mb\\u202ec'");
  expect(root.filter).toBe("(note = 'a [31mb c'::text)");
});
