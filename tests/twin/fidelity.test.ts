import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { queries, rows, schema } from "../../src/demo/shop.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { shapeOf } from "../../src/plan/shape.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { startTwin, wholeCatalog } from "./twin.ts";

interface Compared {
  readonly sql: string;
  readonly shapes: readonly [twin: string, real: string];
  readonly costs: readonly [twin: number, real: number];
}

const twin = startTwin();
const files = startTwin({ sizes: "files" });

/** The same statements, planned by the server itself and by a twin of it. */
async function compare(url: string, planner = twin): Promise<{ limits: readonly string[]; compared: readonly Compared[] }> {
  const catalog = await wholeCatalog(url);
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  try {
    return await planner.use(needsOf(catalog), async (session) => {
      const limits = await build(session, catalog);
      const compared: Compared[] = [];
      for (const sql of queries) {
        const generic = sql.includes("$1");
        // A simple query: Postgres has no other way to plan a statement whose parameters are unknown.
        const asked = generic
          ? `prepare p as ${sql}; set plan_cache_mode = force_generic_plan; explain (verbose, format json) execute p(1)`
          : `explain (verbose, format json) ${sql}`;
        const results = [await server.query(asked)].flat();
        const real = parsePlan(results.at(-1)?.rows[0]["QUERY PLAN"]);
        const explained = await session.explain({ sql, searchPath: catalog.settings.searchPath, generic });
        if (explained.refused) throw new Error(`${sql}: ${explained.refused.message}; ${limits.join("; ")}`);
        const planned = parsePlan(explained.plan);
        compared.push({ sql, shapes: [shapeOf(planned), shapeOf(real)], costs: [planned.root.totalCost, real.root.totalCost] });
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
  eighteen = await freshDatabase(18, schema + rows);
  fifteen = await freshDatabase(15, schema + rows);
}, 120_000);

const off = (compared: readonly Compared[], share: number) =>
  compared
    .filter(({ costs: [planned, real] }) => Math.abs(planned / real - 1) > share)
    .map(({ sql, costs }) => `${costs.join(" / ")}: ${sql}`);
const differing = (compared: readonly Compared[]) =>
  compared.filter(({ shapes: [planned, real] }) => planned !== real).map(({ sql, shapes }) => `${sql}\n${shapes.join("\n")}`);

test("the twin plans every query of the shop as PostgreSQL 18 does, at a cost within 1 %", async () => {
  const { limits, compared } = await compare(eighteen.url);
  expect(limits).toEqual([]);
  expect(compared.length).toBeGreaterThanOrEqual(20);
  expect(differing(compared)).toEqual([]);
  expect(off(compared, 0.01)).toEqual([]);
});

test("where the twin of PostgreSQL 15 differs from 15, real 18 differs from 15 in the same way", async () => {
  const { limits, compared } = await compare(fifteen.url);
  const { compared: real18 } = await compare(eighteen.url);
  const changed = compared.filter((query) => differing([query]).length + off([query], 0.01).length > 0);
  const explained = changed.filter(({ sql, shapes: [planned], costs: [cost] }) =>
    real18.some((real) => real.sql === sql && real.shapes[1] === planned && Math.abs(cost / real.costs[1] - 1) <= 0.01),
  );
  expect(limits).toEqual([]);
  expect(changed).toEqual(explained);
  expect(changed.length).toBeLessThanOrEqual(2);
});

test("with sizes told by files the twin of 18 still plans as 18 does, and misses only the height of B-trees", async () => {
  const { compared } = await compare(eighteen.url, files);
  expect(differing(compared)).toEqual([]);
  expect(off(compared, 0.25)).toEqual([]);
});
