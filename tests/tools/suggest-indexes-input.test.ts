import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowCounts, schema } from "../../src/demo/shop.ts";
import { connect, connectOnce, textOf } from "./client.ts";
import { liveShop } from "./shop.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "input-"));
const urls = new Map<string, string>();

beforeAll(async () => {
  urls.set("PostgreSQL 15", (await liveShop(15)).url);
  urls.set("PostgreSQL 18", (await liveShop(18)).url);
  execFileSync(process.execPath, [program, "snapshot", join(folder, "shop.json"), "--with-values"], {
    env: { DATABASE_URL: urls.get("PostgreSQL 18") ?? "" },
    stdio: "ignore",
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

type Question = Readonly<Record<string, unknown>>;
const places = ["PostgreSQL 15", "PostgreSQL 18", "a snapshot", "DDL text"] as const;

async function ask(place: (typeof places)[number], question: Question): Promise<CallToolResult> {
  const text = place === "DDL text" ? { schema_sql: schema, row_counts: rowCounts } : {};
  const client =
    place === "a snapshot"
      ? await connect({ environment: { BACKEND_DB_MCP_SNAPSHOT: join(folder, "shop.json") } })
      : await connectOnce(urls.get(place));
  return client.callTool({ name: "suggest_indexes", arguments: { ...question, ...text } });
}

interface Answer {
  readonly examined: { readonly planned: number };
  readonly verdict: string;
  readonly indexes: readonly {
    readonly table: string;
    readonly columns: readonly string[];
    readonly helps: readonly { readonly statement: number }[];
  }[];
  readonly refused: readonly { readonly table: string; readonly reason: string }[];
  readonly statements: readonly {
    readonly calls: number;
    readonly not_planned?: string;
    readonly cost_after?: number;
    readonly plan_changes?: readonly string[];
  }[];
}

const answerOf = ({ structuredContent, content }: CallToolResult): Answer => {
  expect(structuredContent, JSON.stringify(content)).toBeDefined();
  return structuredContent as unknown as Answer;
};

/** The statement in each way that a workload may have it, all asked about at once. */
const ways: readonly string[] = [
  "select id, total from orders where customer_id = $1",
  "select id, total from orders where customer_id = ?",
  "select id, total from orders where customer_id=:customer_id",
  "select id, total from orders where customer_id = %(customer)s",
  "select id, total from orders where customer_id=%s",
  "select id, total from orders where customer_id = @p1",
  "explain (analyze, buffers) select id, total from orders where customer_id = 7",
  "prepare o (int) as select id, total from orders where customer_id = $1",
  "declare c cursor for select id, total from orders where customer_id = 7",
  "create table mine as select id, total from orders where customer_id = 7",
  "create materialized view mine as (select id, total from orders where customer_id = 7) with no data",
  "select id, total from orders where customer_id = 7 for update",
  "with mine as (select * from orders where customer_id = 7) select id from mine union all select id from mine",
  "update orders set total = 0 where customer_id = ?",
  "delete from orders where customer_id = ?",
  "insert into order_items (order_id, line, product_id) select id, 1, 1 from orders where customer_id = ?",
  "merge into products p using (select id from orders where customer_id = ?) o on p.id = o.id when matched then do nothing",
];

test.each(places)("on %s every kind of statement and every style of placeholder leads to the same index", async (place) => {
  const { examined, indexes, statements } = answerOf(await ask(place, { queries: ways.map((sql) => ({ sql })), max_indexes: 1 }));
  expect(statements.flatMap(({ not_planned }) => not_planned ?? [])).toEqual([]);
  expect(examined.planned).toBe(ways.length);
  expect(indexes).toMatchObject([{ table: "orders" }]);
  expect(indexes[0]?.columns[0]).toBe("customer_id");
  expect(indexes[0]?.helps).toHaveLength(ways.length);
});

test("what is there to be inserted, and tables without a condition, count and ask for nothing", async () => {
  const list = ["insert into customers (name, email) values (?, ?)", "values (1), (2)", "table customers"];
  const { examined, indexes } = answerOf(await ask("PostgreSQL 18", { queries: list.map((sql) => ({ sql })) }));
  expect({ planned: examined.planned, indexes }).toEqual({ planned: 3, indexes: [] });
});

test("a statement that is given twice counts once, with the calls of both", async () => {
  const sql = "select id from orders where customer_id = ?";
  const { statements } = answerOf(
    await ask("PostgreSQL 18", { queries: [{ sql, calls: 3 }, { sql: "select 1" }, { sql: ` ${sql}\n`, calls: 4 }] }),
  );
  expect(statements).toMatchObject([{ calls: 7 }, {}, { not_planned: "the same as #1, which has its calls too" }]);
});

test.each([
  [
    "no type can be known",
    "select id from orders where (:x) is null or total = :x",
    /^could not determine data type of parameter :x: write its type behind it, as in :x::int$/,
  ],
  [
    "a placeholder stands in a string",
    "select id from orders where created_at > now() - interval ':days days'",
    /^invalid input syntax for type interval: ":days days"$/,
  ],
  [
    "a name cannot be a parameter",
    "select id from :table where customer_id = :customer",
    /^syntax error at or near ":table" \(sql, line 1, column 16\)/,
  ],
  [
    "a table is not there",
    "select id from orders where customer_id=?\nand exists (select from ordrs where id = ?)",
    /^There is no relation ordrs in the search path \(public\) \(line 2, column 25\)/,
  ],
  ["an operator cannot be known", "select id from orders where customer_id = - ?", /^operator is not unique: - unknown$/],
])("where %s, that is told of the statement alone", async (_, sql, told) => {
  const { statements, indexes } = answerOf(
    await ask("PostgreSQL 18", { queries: [{ sql }, { sql: "select id from orders where customer_id = ?" }] }),
  );
  expect(statements[0]?.not_planned).toMatch(told);
  expect(indexes).toHaveLength(1);
});

const two = [
  { sql: "select id from orders where customer_id = ?" },
  { sql: "select id, total from orders where status = 'pending'" },
  { sql: "delete from order_items where product_id = ?" },
];

test("tables that are to be left alone get no index, and what they would have got is told", async () => {
  const { indexes, refused } = answerOf(await ask("PostgreSQL 18", { queries: two, leave_alone: ["public.orders"] }));
  expect(indexes.map(({ table }) => table)).toEqual(["order_items"]);
  expect(refused.filter(({ table }) => table === "orders").every(({ reason }) => reason === "its table is to be left alone")).toBe(true);
});

test("a partition that is to be left alone keeps its table from getting an index", async () => {
  const sql = "select count(*) from events where created_at >= '2026-02-10Z' and created_at < '2026-02-20Z'";
  expect(answerOf(await ask("PostgreSQL 18", { sql })).indexes).toHaveLength(1);
  expect(answerOf(await ask("PostgreSQL 18", { sql, leave_alone: ["events_2026_02"] })).indexes).toEqual([]);
});

test("an index has to bring as much as the caller wants", async () => {
  const some = "select kind, count(*) from events where created_at >= '2026-02-10Z' and created_at < '2026-02-20Z' group by kind";
  const queries = [{ sql: some }, { sql: "delete from order_items where product_id = ?" }];
  const tables = async (question: Question) =>
    answerOf(await ask("PostgreSQL 18", { queries, ...question })).indexes.map(({ table }) => table);
  expect(await tables({})).toEqual(["order_items", "events"]);
  expect(await tables({ min_gain: 60 })).toEqual(["order_items"]);
  const none = answerOf(await ask("PostgreSQL 18", { sql: some, min_gain: 60 }));
  expect(none.verdict).toMatch(/no one makes a plan at least 60 % cheaper\.$/);
});

test.each([
  ["half an index", { max_indexes: 1.5 }],
  ["less than nothing", { storage_budget_mb: -1 }],
  ["more than all", { min_gain: 101 }],
  ["half a row", { row_counts: { orders: 1.5 } }],
])("%s is no answer to what is wanted", async (_, question) => {
  expect((await ask("PostgreSQL 18", { sql: "select 1 from orders", ...question })).isError).toBe(true);
});

test("in detail it is told which read became which, under the names of the answer", async () => {
  const { statements } = answerOf(await ask("PostgreSQL 18", { queries: two, response_format: "detailed" }));
  expect(statements.map(({ plan_changes }) => plan_changes)).toMatchInlineSnapshot(`
    [
      [
        "Seq Scan on orders -> Bitmap Heap Scan using orders_customer_id_idx on orders",
      ],
      [
        "Seq Scan on orders -> Index Scan using orders_id_idx on orders",
      ],
      [
        "Seq Scan on order_items -> Bitmap Heap Scan using order_items_product_id_idx on order_items",
      ],
    ]
  `);
});

test("a question in which nothing can be planned says so", async () => {
  expect(textOf(await ask("PostgreSQL 18", { queries: [{ sql: "select nope from orders" }] }))).toContain("No statement could be planned.");
});
