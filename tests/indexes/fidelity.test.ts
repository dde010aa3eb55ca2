import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { queries } from "../../src/demo/shop.ts";
import type { Advice } from "../../src/indexes/advise.ts";
import { definitionFor } from "../../src/indexes/candidate.ts";
import { createSql } from "../../src/indexes/definition.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { wholeCatalog } from "../twin/twin.ts";
import { adviser, written } from "./advice.ts";
import { shopWithBlog } from "./shop.ts";

const more = [
  "select id from posts where user_id = 1 and blog_id = 2",
  "select id, slug from posts order by published_at desc, id limit 10",
  "select id from posts where slug = 'post-77' or user_id = 500",
  "select id from posts where hidden",
  "select id from posts where user_id = 7 and published_at > '2026-02-09Z'",
  "select max(published_at) from posts where blog_id = 7",
  "select c.name from customers c where c.id < 10 and exists (select from posts p where p.user_id = c.id and p.blog_id = 3)",
  "select id from customers where referred_by = 7",
  "select name from customers order by name limit 5",
  "update posts set hidden = true where user_id = 9 and blog_id = 9",
];

let url: string;
let catalog: Catalog;

beforeAll(async () => {
  ({ url } = await shopWithBlog());
  catalog = await wholeCatalog(url);
}, 120_000);

interface Real {
  readonly cost: number;
  /** Tables whose new index the plan reads. */
  readonly used: readonly string[];
}

/** What the server itself says with the indexes really built and analyzed; nothing of it stays. */
async function reallyBuilt(client: pg.Client, sql: string, { chosen }: Advice): Promise<Real> {
  await client.query("begin; set local default_statistics_target = 1000");
  try {
    for (const [number, { candidate }] of chosen.entries()) {
      if (candidate.extension !== undefined) await client.query(`create extension if not exists ${candidate.extension} schema public`);
      await client.query(`${createSql(definitionFor(candidate), `built_${number}`)}; analyze ${candidate.table.name}`);
    }
    const generic = sql.includes("$1");
    const explain = generic
      ? `prepare asked as ${sql}; set local plan_cache_mode = force_generic_plan; explain (verbose, format json) execute asked (1); deallocate asked`
      : `explain (verbose, format json) ${sql}`;
    const results = [await client.query(explain)].flat();
    const plan = parsePlan(results.findLast(({ rows }) => rows.length > 0)?.rows[0]["QUERY PLAN"]);
    const { rows: built } = await client.query(
      `with recursive built (root, oid) as (
           select relname, oid from pg_class where relname like 'built\\_%'
         union all select root, inhrelid from built join pg_inherits on inhparent = oid)
       select root, relname as name from built join pg_class c on c.oid = built.oid`,
    );
    const used = plan.nodes.flatMap(({ index }) => built.filter(({ name }) => name === index).map(({ root }) => String(root)));
    return { cost: plan.root.totalCost, used: [...new Set(used)].sort() };
  } finally {
    await client.query("rollback");
  }
}

test("PostgreSQL 18 uses the indexes that are suggested, at the cost that was told", async () => {
  const advice = await adviser(catalog);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const wrong: unknown[] = [];
    let suggestions = 0;
    for (const sql of [...queries, ...more]) {
      const given = await advice({ queries: [sql] });
      const [statement] = given.statements;
      if (given.chosen.length === 0 || !statement || statement.refused) continue;
      suggestions += given.chosen.length;
      const real = await reallyBuilt(client, sql, given);
      const isRight = real.used.length === given.chosen.length && Math.abs(statement.after / real.cost - 1) <= 0.03;
      if (!isRight) wrong.push({ sql, given: given.chosen.map(({ candidate }) => written(candidate)), after: statement.after, real });
    }
    expect(wrong).toEqual([]);
    expect(suggestions).toBeGreaterThanOrEqual(18);
  } finally {
    await client.end();
  }
}, 120_000);

test("where only files tell the planner how large tables are, the same indexes are suggested", async () => {
  const hooked = await adviser(catalog);
  const filed = await adviser(catalog, "files");
  for (const sql of more) {
    const [one, other] = [await hooked({ queries: [sql] }), await filed({ queries: [sql] })];
    expect(other.chosen.map(({ candidate }) => written(candidate))).toEqual(one.chosen.map(({ candidate }) => written(candidate)));
  }
}, 120_000);
