import assert from "node:assert/strict";
import { loadModule, parseSync } from "libpg-query";
import type pg from "pg";

/** A copy of the task's database, made for one check, which may change it. */
export interface Database {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** As another session. */
  second(): Promise<Database>;
}

export const databaseOf = (client: pg.Client, second: () => Promise<Database>): Database => ({
  async query(sql) {
    const result = await client.query(sql);
    // A text of several statements has several results.
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  },
  second,
});

export interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Total Cost": number;
  readonly "Plan Rows": number;
  readonly Plans?: readonly PlanNode[];
}

/** Every node of the plan, the root first. */
export async function nodesOf(database: Database, sql: string): Promise<readonly PlanNode[]> {
  const below = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(below)];
  return below(await planOf(database, sql));
}

/** In planner units. */
export const costOf = async (database: Database, sql: string): Promise<number> => (await planOf(database, sql))["Total Cost"];

async function planOf(database: Database, sql: string): Promise<PlanNode> {
  const [row] = await database.query(`explain (format json) ${sql}`);
  const explained = row?.["QUERY PLAN"] as readonly { readonly Plan: PlanNode }[] | undefined;
  assert.ok(explained?.[0], `there is no plan of ${sql}`);
  return explained[0].Plan;
}

export async function noScanOf(database: Database, table: string, sql: string): Promise<void> {
  const scans = (await nodesOf(database, sql)).filter((node) => node["Node Type"] === "Seq Scan" && node["Relation Name"] === table);
  assert.equal(scans.length, 0, `all of ${table} is still read`);
}

/** The same rows as often, in any order. */
export async function sameRows(database: Database, one: string, other: string): Promise<void> {
  assert.deepEqual(await sortedRows(database, other), await sortedRows(database, one), "the rows are others");
}

const sortedRows = async (database: Database, sql: string) =>
  (await database.query(sql)).map((row) => JSON.stringify(Object.values(row))).sort();

/** As psql runs a script: statement by statement. */
export async function run(database: Database, script: string): Promise<void> {
  for (const statement of await statementsOf(script)) await database.query(statement);
}

/** By Postgres's own grammar. */
export async function statementsOf(sql: string): Promise<readonly string[]> {
  await loadModule();
  const bytes = Buffer.from(sql);
  const { stmts = [] } = parseSync(sql) as { stmts?: readonly { stmt_location?: number; stmt_len?: number }[] };
  return stmts.map(({ stmt_location = 0, stmt_len }) =>
    bytes.subarray(stmt_location, stmt_len === undefined ? undefined : stmt_location + stmt_len).toString(),
  );
}
