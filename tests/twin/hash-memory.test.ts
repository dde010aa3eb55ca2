import { expect, test } from "vitest";
import { spilledAtHome } from "../../src/plan/hash-memory.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { planBoth } from "./both.ts";
import { startTwin } from "./twin.ts";

/** Rows of the smaller side: from well within 8 MB of hash table to well beyond, on either machine. */
const sizes = [60_000, 110_000, 125_000, 140_000, 160_000, 200_000, 240_000, 270_000];

const data = `
  do $$ begin execute format('alter database %I set max_parallel_workers_per_gather = 0', current_database()); end $$;
  create table big as select i as id from generate_series(1::bigint, 300000) i;
  ${sizes.map((rows) => `create table small_${rows} as select i as id from generate_series(1::bigint, ${rows}) i;`).join("\n  ")}
  analyze`;

const queries = sizes.map((rows) => `select count(*) from big join small_${rows} s on s.id = big.id`);

const twin = startTwin();

test("a hash table that fits into memory only in the twin is told, and wherever nothing is told the cost is the server's", async () => {
  const { url } = await freshDatabase(18, data);
  const told: boolean[] = [];
  const ask = async (session: Session) => {
    for (const sql of queries) {
      const explained = await session.explain({ sql, searchPath: ["public"], generic: false });
      told.push(!explained.refused && spilledAtHome(parsePlan(explained.plan), 8 * 1024 * 1024).length > 0);
    }
  };
  const { planned } = await planBoth(twin, { url, queries, also: ask });
  const differs = planned.map(({ twin, server }) => Math.abs(twin.cost / server.cost - 1) > 0.001);
  expect(differs).toContain(true);
  expect(differs).toContain(false);
  expect(told).toEqual(differs);
});
