import { ToolError } from "../error.ts";
import { maskedTokens } from "../sql/masked.ts";
import { type Log, type Logged, readLog } from "./auto-explain.ts";
import type { Json } from "./json.ts";
import { type Plan, planOf } from "./plan.ts";
import { unreadable } from "./read-node.ts";
import { shapeOf } from "./shape.ts";
import { statementsIn } from "./statement.ts";

/** Every execution of a query, told from others by its text without constants. */
export interface QueryPlans {
  /** As the slowest execution had it. Unknown where only a plan was passed. */
  readonly query: string | undefined;
  /** Of the slowest execution. */
  readonly plan: Plan;
  /** Milliseconds of all executions. Unknown for plans that were not run. */
  readonly duration: number | undefined;
  /** The slowest first. */
  readonly executions: readonly Logged[];
  /** How many different plans these executions had. */
  readonly shapes: number;
}

export interface ReadPlans {
  /** The one that took most time in all first. */
  readonly plans: readonly QueryPlans[];
  /** What was left out, a sentence each. */
  readonly limits: readonly string[];
}

/** Characters: about a thousand plans, which take about a second to read. */
const LARGEST = 2_000_000;

/** Plans; more of the same size would be none that matter. */
const MOST = 2_000;

/** Reads the plan or plans that somebody pastes: EXPLAIN's output in JSON or text, or an excerpt of a log with entries of auto_explain. */
export async function readPlans(text: string): Promise<ReadPlans> {
  if (text.length > LARGEST)
    throw new ToolError(
      "too_large",
      `plan has ${text.length.toLocaleString("en-US")} characters, and ${LARGEST.toLocaleString("en-US")} are read at most. Pass one plan, or the part of the log with the entries of auto_explain (\`duration: … plan:\`) that matter.`,
    );
  const log = readLog(text, MOST);
  const entries = log?.entries ?? statementsIn(text).slice(0, MOST).map(explained);
  if (log && entries.length === 0)
    throw unreadable(`No entry of auto_explain in this log is whole: ${log.cut} ${log.cut === 1 ? "is" : "are"} cut short.`);
  return { plans: await byQuery(entries), limits: log ? leftOut(log) : [] };
}

const leftOut = ({ entries, cut, more }: Log): readonly string[] => {
  const all = entries.length + cut + more;
  return [
    ...(cut > 0 ? [`${cut} of ${all} logged plans ${cut === 1 ? "is" : "are"} cut short and left out`] : []),
    ...(more > 0 ? [`the last ${more} of ${all} logged plans were not read`] : []),
  ];
};

const explained = (statement: Json): Logged => {
  const [query, plan] = [statement["Query Text"], planOf(statement, {})];
  return { query: typeof query === "string" ? query : undefined, duration: plan.executionTime, plan };
};

/** A text that has no tokens, as one that was cut within quotes, and a plan without its text stand for themselves. */
async function byQuery(entries: readonly Logged[]): Promise<readonly QueryPlans[]> {
  const groups = new Map<string, Logged[]>();
  for (const [at, entry] of entries.entries()) {
    const { query } = entry;
    const key = query === undefined ? `#${at}` : ((await maskedTokens(query))?.replaceAll(LIST, "?") ?? query);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const plans = [...groups.values()].flatMap((group) => {
    const executions = group.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
    const [slowest] = executions;
    return slowest
      ? [{ ...slowest, duration: total(executions), executions, shapes: new Set(executions.map(({ plan }) => shapeOf(plan))).size }]
      : [];
  });
  return plans.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
}

/** Lists of another length make no other query. */
const LIST = /\?(?: ?, ?\?)+/g;

const total = (executions: readonly Logged[]) => {
  const known = executions.flatMap(({ duration }) => duration ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, duration) => sum + duration, 0);
};
