import { isOurs } from "../catalog/query.ts";
import type { StatementUsage } from "../catalog/workload.ts";
import { hasPlan } from "../indexes/server-workload.ts";
import { maskedStatement } from "../sql/masked.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { type Order, orders } from "./orders.ts";

/** Times are milliseconds, of all calls together but for the mean, the extremes and the deviation. */
export type Figures = Omit<StatementUsage, "id" | "text">;

/** One statement as the server counted it, whatever its comments, values and roles. */
export interface Counted extends Figures {
  /** Its place in the order that was asked for, from 1. */
  readonly number: number;
  /** Without a value in it. */
  readonly text: string;
  readonly statement: Statement;
}

export interface CountedWorkload {
  readonly statements: readonly Counted[];
  /** Of all that has a plan and is not ours: queryids, calls, milliseconds. */
  readonly all: { readonly statements: number; readonly calls: number; readonly time: number };
  /** Utility statements: their queryids. */
  readonly utility: number;
  /** Whose texts are no whole statements. */
  readonly unreadable: number;
  /** Not among the first in any order, so not looked at. */
  readonly left: number;
}

/** Reading a text takes some tenths of a millisecond, and `pg_stat_statements.max` is 5,000 by default. */
const FIRST = 200;

export async function readCounted(usages: readonly StatementUsage[], order: Order): Promise<CountedWorkload> {
  const others = usages.filter(({ text }) => !isOurs(text));
  const planned = others.filter(({ text }) => hasPlan(text));
  const first = new Set(Object.values(orders).flatMap((by) => planned.toSorted((one, other) => by(other) - by(one)).slice(0, FIRST)));
  const merged = new Map<string, Sides>();
  let unreadable = 0;
  for (const usage of first) {
    const text = await maskedStatement(usage.text);
    if (text === undefined) unreadable += 1;
    else merged.set(text, withUsage(merged.get(text), usage));
  }
  const found: Omit<Counted, "number">[] = [];
  for (const [text, sides] of merged) {
    const [statement] = await parseStatements(text);
    if (statement) found.push({ ...figuresOf(sides), text, statement });
  }
  const by = orders[order];
  const inOrder = found.sort((one, other) => by(other) - by(one) || other.totalTime - one.totalTime || (one.text < other.text ? -1 : 1));
  return {
    statements: inOrder.map((each, place) => ({ ...each, number: place + 1 })),
    all: {
      statements: planned.length,
      calls: planned.reduce((sum, { calls }) => sum + calls, 0),
      time: planned.reduce((sum, { totalTime }) => sum + totalTime, 0),
    },
    utility: others.length - planned.length,
    unreadable,
    left: planned.length - first.size,
  };
}

/** What clients sent, and what ran within functions and other statements. */
interface Sides {
  readonly top?: Figures;
  readonly nested?: Figures;
}

function withUsage({ top, nested }: Sides = {}, usage: Figures): Sides {
  const more = (side: Figures | undefined) => (side ? summed(side, usage) : usage);
  return usage.topLevel ? { ...(nested && { nested }), top: more(top) } : { ...(top && { top }), nested: more(nested) };
}

/** What CREATE TABLE AS runs is counted once more (`pg_stat_statements.track = all`), so the two sides are not added up. */
function figuresOf({ top, nested }: Sides): Figures {
  const figures = top && nested ? (top.totalTime >= nested.totalTime ? top : nested) : (top ?? nested);
  if (!figures) throw new Error("a statement is counted on one side at least");
  return { ...figures, topLevel: top !== undefined };
}

const bothOf = (one: number | undefined, other: number | undefined) => (one === undefined || other === undefined ? undefined : one + other);

/** Undefined where one side does not know. */
function summed(one: Figures, other: Figures): Figures {
  const calls = one.calls + other.calls;
  const totalTime = one.totalTime + other.totalTime;
  const squares = squaresOf(one) + squaresOf(other);
  return {
    calls,
    totalTime,
    meanTime: totalTime / Math.max(calls, 1),
    minTime: Math.min(one.minTime, other.minTime),
    maxTime: Math.max(one.maxTime, other.maxTime),
    stddevTime: deviation({ calls, totalTime, squares }),
    rows: one.rows + other.rows,
    sharedHit: one.sharedHit + other.sharedHit,
    sharedRead: one.sharedRead + other.sharedRead,
    tempRead: one.tempRead + other.tempRead,
    tempWritten: one.tempWritten + other.tempWritten,
    walBytes: one.walBytes + other.walBytes,
    readTime: one.readTime + other.readTime,
    topLevel: one.topLevel || other.topLevel,
    sharedWritten: bothOf(one.sharedWritten, other.sharedWritten),
    writeTime: bothOf(one.writeTime, other.writeTime),
    planTime: bothOf(one.planTime, other.planTime),
    tempTime: bothOf(one.tempTime, other.tempTime),
    jitTime: bothOf(one.jitTime, other.jitTime),
    statsSince: [one.statsSince, other.statsSince].filter((since) => since !== undefined).sort()[0],
    workersPlanned: bothOf(one.workersPlanned, other.workersPlanned),
    workersLaunched: bothOf(one.workersLaunched, other.workersLaunched),
  };
}

/** `stddev_exec_time` is that of all calls, not an estimate from a sample (contrib/pg_stat_statements/pg_stat_statements.c). */
export const squaresOf = ({ calls, meanTime, stddevTime }: Figures) => calls * (stddevTime ** 2 + meanTime ** 2);

export const deviation = ({ calls, totalTime, squares }: { calls: number; totalTime: number; squares: number }) =>
  calls === 0 ? 0 : Math.sqrt(Math.max(0, squares / calls - (totalTime / calls) ** 2));
