import type { Mode } from "../database/guard/statement.ts";
import { ToolError } from "../error.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { constantsOf } from "../sql/written-constants.ts";
import { isWrongAnywhere, notPlannable } from "./not-plannable.ts";
import type { Context } from "./tool.ts";

/** What the user's own server planned. `limits` say what it was not asked, or why, or what it said no to. */
export type Served =
  | { readonly plan: Plan; readonly planner: string; readonly sent: Mode; readonly limits: readonly string[] }
  | { readonly plan?: undefined; readonly limits: readonly string[] };

/** At the levels explain and analyze. Where no plain EXPLAIN may be sent, the twin plans and the answer says why. */
export async function askServer(statement: Statement, mode: Mode, context: Context): Promise<Served> {
  const database = context.database();
  if (database.access === "catalog") return { limits: notRun(mode) };
  const sent = database.access === "explain" ? "explain" : mode;
  const limits = sent === mode ? [] : notRun(mode);
  context.progress(sent === "analyze" ? "Running" : "Planning");
  const explained = await database.explain(statement.text, sent, context).catch((error: unknown) => {
    if (error instanceof ToolError && error.code === "refused" && sent === "explain") return error;
    throw error;
  });
  if (explained instanceof ToolError) return { limits: [withoutPeriod(explained.message), ...limits] };
  const { refused } = explained;
  // The twin, asked next, says the same of it and why.
  if (refused === undefined && isOfRules(explained.plan)) return { limits };
  if (refused === undefined) {
    return {
      plan: parsePlan(explained.plan, { constants: constantsOf(statement) }),
      planner: sent === "analyze" ? "the server (EXPLAIN ANALYZE)" : "the server (EXPLAIN)",
      sent,
      limits,
    };
  }
  if (isWrongAnywhere(refused)) throw notPlannable(refused, statement);
  const no = `the server said no (${refused.code}): ${refused.message}`;
  if (sent === "analyze") throw new ToolError("not_plannable", `Nothing to show: ${no}. Ask without analyze for the plan.`);
  return { limits: [no, ...limits] };
}

/** What CREATE RULE makes of a write is several statements, or none. */
const isOfRules = (plan: unknown) => Array.isArray(plan) && plan.length !== 1;

/** Limits are joined by semicolons. */
const withoutPeriod = (sentence: string) => sentence.replace(/\.$/, "");

export const notRun = (mode: Mode): readonly string[] =>
  mode === "analyze" ? ["nothing was run: analyze needs the database of DATABASE_URL and a server started with --access analyze"] : [];
