import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { conditionsOf } from "../../sql/conditions.ts";
import { type Level, nameOfItem } from "../../sql/level.ts";
import { dateOf, isMidnight } from "../../sql/midnight.ts";
import type { Query } from "../../sql/query.ts";
import type { Use } from "../../sql/scope.ts";
import { columnType } from "../../sql/value-type.ts";
import { type Problem, queryRule } from "../rule.ts";

const timestamps = ["timestamp without time zone", "timestamp with time zone"];
/** What people call a moment where the type is not known. */
const momentName = /(?:_at|_ts|time|timestamp)$/i;

interface Between {
  readonly column: Node;
  readonly use: Use<Table>;
  readonly from: Node;
  readonly until: Node;
  readonly isKnown: boolean;
}

const kinds = new Set(["AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_NOT_BETWEEN", "AEXPR_NOT_BETWEEN_SYM"]);

/** A BETWEEN whose left side is a moment, or may be one. */
function betweenIn(node: Node, level: Level<Table>, query: Query<Table>): Between | undefined {
  if (!("A_Expr" in node) || !kinds.has(node.A_Expr.kind ?? "")) return undefined;
  const { lexpr, rexpr } = node.A_Expr;
  const [from, until] = rexpr && "List" in rexpr ? (rexpr.List.items ?? []) : [];
  const use = lexpr && "ColumnRef" in lexpr ? query.columnOf(lexpr.ColumnRef, level) : undefined;
  if (!lexpr || !use || !from || !until) return undefined;
  const isKnown = use.column !== undefined;
  const isMoment = isKnown
    ? timestamps.includes(columnType(use.column)?.name ?? "")
    : use.item.kind === "relation" && momentName.test(use.name);
  return isMoment ? { column: lexpr, use, from, until, isKnown } : undefined;
}

const isParameter = (node: Node): boolean =>
  "ParamRef" in node || ("TypeCast" in node && node.TypeCast.arg !== undefined && "ParamRef" in node.TypeCast.arg);

const textOf = (node: Node): string | undefined =>
  "TypeCast" in node && node.TypeCast.arg ? textOf(node.TypeCast.arg) : "A_Const" in node ? node.A_Const.sval?.sval : undefined;

const lastMoment = /[ T]23:59(?<seconds>:59(?:\.(?<fraction>9+))?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/;

/** The last minute, second or millisecond of a day, where the column can tell later moments of that day. */
function leavesRest({ until, use }: Between): boolean {
  const { seconds, fraction = "" } = lastMoment.exec(textOf(until) ?? "")?.groups ?? {};
  const [digits = MICROSECONDS] = columnType(use.column)?.modifiers ?? [];
  return lastMoment.test(textOf(until) ?? "") && (seconds === undefined || fraction.length < digits);
}

/** Digits of a second that a timestamp keeps, unless told (https://www.postgresql.org/docs/current/datatype-datetime.html). */
const MICROSECONDS = 6;

/** What the end of the range costs, if anything. */
function problemWith(between: Between, end: string, column: string): Pick<Problem, "message" | "severity"> | undefined {
  const { from, until, isKnown } = between;
  if (isMidnight(from) && isMidnight(until)) {
    const cost = `BETWEEN ends with the first moment of ${end}: the rest of that day is left out, and a row of that moment also belongs to a range that starts there.`;
    return isKnown ? { message: cost } : { message: `If ${column} is a timestamp, ${cost}`, severity: "info" };
  }
  if (!isKnown) return undefined;
  if (leavesRest(between)) return { message: `BETWEEN leaves out the rows of ${column} between ${end} and midnight.`, severity: "info" };
  if (!isParameter(from) || !isParameter(until)) return undefined;
  const message = `BETWEEN takes in ${end} itself: if that is a date, the rest of its day is left out of ${column}, and if the next range starts there, its rows count twice.`;
  return { message, severity: "info" };
}

/** A range of whole months or one day: only there is it plain what was meant. */
function endOf({ from, until }: Between): string | undefined {
  const [first, last] = [dateOf(from), dateOf(until)];
  if (!first || !last || last < first) return undefined;
  const next = new Date(last.getTime() + 86_400_000);
  const startsMonth = first.getUTCDate() === 1;
  if (startsMonth && last.getUTCDate() === 1 && last > first) return written(last);
  return next.getUTCFullYear() < 10_000 && ((startsMonth && next.getUTCDate() === 1) || first.getTime() === last.getTime())
    ? written(next)
    : undefined;
}

const written = (day: Date) => `'${day.toISOString().slice(0, 10)}'`;

function fixFor(
  between: Between,
  { node, level }: { readonly node: Node; readonly level: Level<Table> },
  query: Query<Table>,
): string | undefined {
  const end = endOf(between);
  const [place, column, from] = [node, between.column, between.from].map((each) => query.spanOf(each));
  if (!end || !place || !column || !from || !("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_BETWEEN") return undefined;
  const words = query.textOf(column);
  const range = `${words} >= ${query.textOf(from)} and ${words} < ${end}`;
  const isAlone = conditionsOf(level).some((condition) => "A_Expr" in condition && condition.A_Expr === node.A_Expr);
  return query.replacing(place, isAlone ? range : `(${range})`);
}

export default queryRule({
  id: "query/between-timestamps",
  severity: "warning",

  *check(query) {
    for (const { node, level } of query.nodes()) {
      const between = betweenIn(node, level, query);
      const end = between && query.spanOf(between.until);
      if (!between || !end) continue;
      const object = `${nameOfItem(between.use.item)}.${between.use.name}`;
      const problem = problemWith(between, query.textOf(end), object);
      if (!problem) continue;
      yield { ...problem, span: query.spanOf(node), object, fix: problem.severity ? undefined : fixFor(between, { node, level }, query) };
    }
  },
});
