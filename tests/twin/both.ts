import pg from "pg";
import { parsePlan } from "../../src/plan/plan.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import type { Session, Twin } from "../../src/twin/twin.ts";
import { wholeCatalog } from "./twin.ts";

export interface Expected {
  readonly cost: number;
  /** Of every node, a parent before its children. */
  readonly rows: readonly number[];
}

export interface Planned {
  readonly sql: string;
  readonly twin: Expected;
  readonly server: Expected;
}

export interface Both {
  /** What the twin said was missing from it. */
  readonly limits: readonly string[];
  readonly planned: readonly Planned[];
}

export interface Asked {
  readonly url: string;
  readonly queries: readonly string[];
  /** Asks the twin more while it holds the schema. */
  readonly also?: (session: Session) => Promise<unknown>;
}

const expected = (explained: unknown): Expected => {
  const { root, nodes } = parsePlan(explained);
  return { cost: root.totalCost, rows: nodes.map((node) => node.planRows) };
};

/** The same statements, planned by a server and by a twin of all that its database holds. */
export async function planBoth(twin: Twin, { url, queries, also }: Asked): Promise<Both> {
  const catalog = await wholeCatalog(url);
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  try {
    return await twin.use(needsOf(catalog), async (session) => {
      const limits = await build(session, catalog);
      await also?.(session);
      const planned: Planned[] = [];
      for (const sql of queries) {
        const { rows } = await server.query(`explain (verbose, format json) ${sql}`);
        const explained = await session.explain({ sql, searchPath: catalog.settings.searchPath, generic: false });
        if (explained.refused) throw new Error(`${sql}: ${explained.refused.message}; ${limits.join("; ")}`);
        planned.push({ sql, twin: expected(explained.plan), server: expected(rows[0]["QUERY PLAN"]) });
      }
      return { limits, planned };
    });
  } finally {
    await server.end();
  }
}

/** Those of which the twin expects other rows, or a cost that is off by more than this share. */
export const differing = (planned: readonly Planned[], share: number): readonly string[] =>
  planned
    .filter(({ twin, server }) => Math.abs(twin.cost / server.cost - 1) > share || twin.rows.join() !== server.rows.join())
    .map(({ sql, twin, server }) => `${sql}: ${twin.cost} ${twin.rows.join()} / ${server.cost} ${server.rows.join()}`);

/** Those of which the twin expects other rows than the server. */
export const miscounted = (planned: readonly Planned[]): readonly string[] =>
  planned
    .filter(({ twin, server }) => twin.rows[0] !== server.rows[0])
    .map(({ sql, twin, server }) => `${sql}: ${twin.rows[0]} / ${server.rows[0]}`);
