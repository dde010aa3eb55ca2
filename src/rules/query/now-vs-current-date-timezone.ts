import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { bothWays, type Comparison, comparisonsIn } from "../../sql/conditions.ts";
import { type Level, nameOfItem } from "../../sql/level.ts";
import { dayOf, isAroundNow, isNow, isToday } from "../../sql/now.ts";
import type { Query } from "../../sql/query.ts";
import { columnType } from "../../sql/value-type.ts";
import { type Problem, queryRule } from "../rule.ts";

interface Clocked {
  readonly comparison: Comparison;
  readonly column: string;
  /** The operand that is now or today, in the caller's words. */
  readonly clock: string;
  readonly at: Node;
}

type Told = Pick<Problem, "message" | "severity" | "fix">;

/** A date is its midnight when it meets a moment. */
function dateBesideNow({ comparison, column, clock, at }: Clocked, query: Query<Table>): Told | undefined {
  if (!isNow(at)) return undefined;
  const { operator, right } = comparison;
  const is: Readonly<Record<string, string>> = {
    "=": "is never equal to it but at midnight",
    ">=": `keeps out today`,
    "<": "counts today as past",
  };
  const what = operator === "between" ? (at === right[0] ? is[">="] : undefined) : is[operator];
  const message = `${clock} is a moment and ${column} a date, which counts as its midnight, so the comparison ${what}. Compare with current_date.`;
  if (operator === "<") return { message, severity: "info" };
  const span = query.spanOf(at);
  return what && span ? { message, fix: query.replacing(span, "current_date") } : undefined;
}

function problemWith(clocked: Clocked, type: string, isDay: boolean, query: Query<Table>): Told | undefined {
  const { column, clock, at } = clocked;
  if (type === "date" && !isDay) return dateBesideNow(clocked, query);
  if (type === "timestamp without time zone" && !isDay && isAroundNow(at))
    return {
      message: `${column} has no time zone, so ${clock} is taken in that of the session before the two are compared: it is right only where the session's TimeZone is the one that the column was written in.`,
      severity: "info",
    };
  if (type === "timestamp with time zone" && isToday(at))
    return {
      message: `${clock} starts at midnight of the session's TimeZone, so which rows of ${column} are of that day depends on who asks. Name the zone with AT TIME ZONE if it is to be the same for all.`,
      severity: "info",
    };
  return undefined;
}

function* problemsIn(comparison: Comparison, level: Level<Table>, query: Query<Table>): Generator<Problem> {
  const { left, right, node } = comparison;
  const day = dayOf(left);
  const operand = day ?? left;
  const use = "ColumnRef" in operand ? query.columnOf(operand.ColumnRef, level) : undefined;
  const type = columnType(use?.column)?.name;
  if (!use || type === undefined) return;
  const object = `${nameOfItem(use.item)}.${use.name}`;
  for (const at of right) {
    const span = query.spanOf(at);
    const clocked = { comparison, column: object, clock: span ? query.textOf(span) : "The present", at };
    const problem = problemWith(clocked, type, day !== undefined, query);
    if (problem) yield { ...problem, span: query.spanOf(node), object };
  }
}

export default queryRule({
  id: "query/now-vs-current-date-timezone",
  severity: "warning",

  *check(query) {
    const seen = new Set<string | undefined>();
    for (const { node, level } of query.nodes()) {
      const ways = "A_Expr" in node ? comparisonsIn(node).flatMap(bothWays) : [];
      for (const problem of ways.flatMap((way) => [...problemsIn(way, level, query)])) {
        // One column, one mistake.
        if (seen.has(problem.object)) continue;
        seen.add(problem.object);
        yield problem;
      }
    }
  },
});
