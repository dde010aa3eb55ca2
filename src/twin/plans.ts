import type { PGlite } from "@electric-sql/pglite";
import type { Refused } from "../error.ts";
import { quote } from "../sql/quote.ts";
import type { Hook } from "./hook.ts";
import type { Explained, PlanCost, Question, Request } from "./messages.ts";
import { asRefused } from "./refusal.ts";
import { withoutValues } from "./without-values.ts";

/** The search path of our own statements. */
const OURS = "pg_catalog";

/** Where plans are made. */
export interface Planning {
  readonly db: PGlite;
  readonly hook: Hook | undefined;
  /** The search path of the savepoint in which plans are made, while it is open. */
  planning: string | undefined;
  /** Where there is no hook: indexes that the catalog calls invalid, so that the planner does not see them. */
  hidden: readonly number[];
}

export async function costs(place: Planning, { candidates, questions }: Extract<Request, { do: "costs" }>): Promise<readonly PlanCost[]> {
  const found: PlanCost[] = [];
  for (const { shown, ...question } of questions) {
    const seen = new Set(shown);
    const explained = await explain(place, { ...question, hidden: candidates.filter((oid) => !seen.has(oid)) }, "");
    found.push(explained.refused ? { refused: explained.refused } : readCost(explained.plan));
  }
  return found;
}

interface PlanNode {
  readonly "Total Cost": number;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

function readCost(explained: unknown): PlanCost {
  const [first] = explained as readonly { readonly Plan: PlanNode }[];
  const indexes: string[] = [];
  const visit = ({ "Index Name": index, Plans = [] }: PlanNode): void => {
    if (index !== undefined) indexes.push(index);
    Plans.forEach(visit);
  };
  if (first) visit(first.Plan);
  return { cost: first?.Plan["Total Cost"] ?? 0, indexes };
}

/** Plans that follow one another share a savepoint: three statements instead of one would be half the time of a plan. */
export async function explain(place: Planning, question: Question, verbose: "verbose, " | "" = "verbose, "): Promise<Explained> {
  const { sql, searchPath, generic, hidden = [] } = question;
  const { db } = place;
  const path = searchPath.map(quote).join(", ") || OURS;
  const command = `explain (${verbose}format json${generic ? ", generic_plan" : ""}) `;
  await hide(place, hidden);
  if (place.planning !== path) {
    await endPlanning(place);
    await db.exec(`savepoint plan; set local search_path = ${path}`);
    place.planning = path;
  }
  try {
    const results = await db.exec(command + sql);
    const plan: unknown = results.at(-1)?.rows[0]?.["QUERY PLAN"];
    return Array.isArray(plan) && plan.length !== 1 ? { refused: byRules(plan.length) } : { plan };
  } catch (error) {
    const refused = asRefused(error);
    if (!refused) throw error;
    await endPlanning(place);
    const told = withoutValues(refused, error);
    return { refused: told.position === undefined ? told : { ...told, position: told.position - command.length } };
  }
}

/** What CREATE RULE makes of a write: https://www.postgresql.org/docs/current/rules-update.html */
const byRules = (statements: number): Refused => ({
  code: "0A000",
  message: `rules of its table make ${statements === 0 ? "nothing" : `${statements} statements`} of it, so it has no plan of its own`,
});

async function hide(place: Planning, hidden: readonly number[]): Promise<void> {
  if (place.hook) {
    place.hook.hidden = new Set(hidden);
    return;
  }
  if (hidden.join() === place.hidden.join()) return;
  await endPlanning(place);
  const switched = [...place.hidden, ...hidden].join(", ");
  const stay = hidden.length === 0 ? "true" : `indexrelid not in (${hidden.join(", ")})`;
  await place.db.exec(`update pg_catalog.pg_index set indisvalid = ${stay} where indexrelid in (${switched})`);
  place.hidden = hidden;
}

/** What only reads, and finds the search path that it is written for. */
export const isAmongPlans = (request: Request, { planning }: Planning): boolean =>
  request.do === "explain" || request.do === "costs" || (request.do === "read" && planning === OURS);

export async function endPlanning(place: Planning): Promise<void> {
  if (place.planning === undefined) return;
  place.planning = undefined;
  await place.db.exec("rollback to savepoint plan; release savepoint plan");
}
