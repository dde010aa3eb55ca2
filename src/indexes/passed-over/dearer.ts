import type { Table } from "../../catalog/tables.ts";
import type { Query } from "../../sql/query.ts";
import { nameOf, sql, unquote } from "../../sql/quote.ts";
import { readColumnValues } from "../../twin/column-values.ts";
import { leavesOf } from "../script.ts";
import { type Asking, isPlain, leadOf, type Scene } from "../unused.ts";
import { type Flip, flipByCorrelation, flipsBySetting } from "./flip-settings.ts";
import { flipBySelectivity } from "./flip-values.ts";
import type { Reading } from "./only-path.ts";

export interface Costs {
  readonly today: number;
  /** Of the cheapest plan that reads it. */
  readonly reading: number;
  /** The second over the first. */
  readonly factor: number;
  /** That it finds, of the table's. Undefined where it is asked once for each row of another relation. */
  readonly rows: number | undefined;
  readonly tableRows: number | undefined;
}

interface Told {
  readonly why: "costs more" | "not needed";
  readonly reason: string;
  readonly costs: Costs;
  readonly flips?: readonly Flip[];
  readonly notes?: readonly string[];
}

/** Of a cost: less is rounding. */
const CHANGE = 0.001;

interface Dearer {
  readonly scene: Scene;
  readonly asking: Asking;
  readonly reading: Reading;
  readonly query: Query<Table>;
}

/** What an index costs that the planner could read and does not. */
export async function dearer({ scene, asking, reading, query }: Dearer): Promise<Told> {
  const { planned } = asking;
  const { table } = scene.trial.candidate;
  const today = planned.plan.root.totalCost;
  const read = new Set(planned.plan.nodes.flatMap(({ index }) => index ?? []));
  const others = [...new Set(scene.existing.filter(({ here }) => read.has(here)).map(({ name }) => name))].join(" and ");
  const costs = costsOf(scene, reading, today);
  if (others !== "" && costs.factor < 1 + CHANGE) return { why: "not needed", reason: `${others} is read, and does as well`, costs };
  const leaves = leavesOf(table, scene.tables);
  const isScanned = planned.plan.nodes.some(
    ({ type, relation }) => type === "Seq Scan" && leaves.some(({ schema, name }) => schema === relation?.schema && name === relation.name),
  );
  const instead = others !== "" ? others : isScanned ? `a sequential scan of ${nameOf(table.schema, table.name)}` : "the plan without it";
  const lead = await leadOf(scene, asking);
  const flips = isScanned
    ? [...(await flipBySelectivity(scene, query)), ...(await flipByCorrelation(scene, asking)), ...(await flipsBySetting(scene, asking))]
    : [];
  return {
    why: "costs more",
    reason: `the planner can read it, but ${instead} is cheaper${lead?.reason ?? ""}`,
    costs,
    flips,
    notes: [...(lead?.figures ?? []), ...(await unknownIn(scene)), ...changedSince(leaves)],
  };
}

function costsOf({ tables, trial }: Scene, { plan, nodes }: Reading, today: number): Costs {
  const reading = plan.root.totalCost;
  const parts = leavesOf(trial.candidate.table, tables).map(({ rows }) => rows);
  const isInner = nodes.some(({ parentRelationship, indexCond = "" }) => parentRelationship === "Inner" || /\.\S+ = \w+\./.test(indexCond));
  return {
    today,
    reading,
    factor: today > 0 ? reading / today : 1,
    rows: isInner ? undefined : nodes.reduce((sum, { planRows }) => sum + planRows, 0),
    tableRows: parts.includes(undefined) ? undefined : parts.reduce<number>((sum, rows = 0) => sum + rows, 0),
  };
}

/** Autovacuum analyses a table from this share on (`autovacuum_analyze_scale_factor`). */
const STALE = 0.1;

function* changedSince(leaves: readonly Table[]): Generator<string> {
  for (const { schema, name, rows = 0, usage } of leaves) {
    const of = nameOf(schema, name);
    if (usage.changedRows > Math.max(rows, 1) * STALE)
      yield `${usage.changedRows.toLocaleString("en-US")} rows of ${of} changed since it was analyzed: ${sql`analyze ${of};`}`;
  }
}

/** Without statistics the planner takes fixed shares (src/include/utils/selfuncs.h). */
async function unknownIn({ session, index, trial, tables }: Scene): Promise<readonly string[]> {
  const [key = ""] = index.keys;
  const [leaf = trial.candidate.table] = leavesOf(trial.candidate.table, tables);
  const isKnown = isPlain(key)
    ? (await readColumnValues(session, leaf)).has(unquote(key))
    : (await readColumnValues(session, { schema: leaf.schema, name: trial.names.at(-1) ?? trial.name })).size > 0;
  return isKnown ? [] : [`nothing is known of the values of ${key}: ${sql`analyze ${nameOf(leaf.schema, leaf.name)};`}`];
}
