import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { bothWays, type Comparison } from "../sql/conditions.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { asRange, rangedTypes } from "../sql/range.ts";
import { namesIn } from "../sql/relations.ts";
import { rewritten, wordsOf } from "./parts.ts";
import { pattern } from "./rewrite.ts";

/** Of what is computed from a column, the column's own index knows nothing; of the moments of a day it knows where they start and end. */
export default pattern({
  name: "function on a column to a range",

  *drafts(query) {
    for (const { level, ...comparison } of query.comparisons()) {
      const found = bothWays(comparison).flatMap((way) => rangeOf(way, level, query) ?? [])[0];
      const span = found && query.spanOf(comparison.node);
      if (!span) continue;
      const by = isAlone(comparison.node, level) ? found.range : `(${found.range})`;
      yield { sql: rewritten(query, [{ ...span, by }]), ...(found.isZoned && { holdsIf: NO_CLOCK_BACK }) };
    }
  },
});

/** At such a change the second hour before midnight is of the day before, and later than midnight. */
const NO_CLOCK_BACK = "no clock of the session's time zone was set back across midnight";

function rangeOf(comparison: Comparison, level: Level<Table>, query: Query<Table>) {
  const column = columnIn(comparison.left);
  const use = column && query.columnOf(column.ColumnRef, level);
  const type = use?.column?.type.replace(/\(\d\)/, "") ?? "";
  const words = rangedTypes.includes(type) ? wordsOf(column, query) : undefined;
  const range = words && (periodOf(comparison, words) ?? daysOf(comparison, { words, level, query }));
  return range ? { range, isZoned: type === "timestamp with time zone" } : undefined;
}

/** Between what AND joins, two conditions need no parentheses. */
const isAlone = (node: Node, { where, joins }: Level<Table>) => where.includes(node) || joins.some(({ on }) => on.includes(node));

/** The one column that a date is made of. */
function columnIn(node: Node): Extract<Node, { ColumnRef: unknown }> | undefined {
  const inner = "TypeCast" in node ? node.TypeCast.arg : "FuncCall" in node ? node.FuncCall.args?.at(-1) : undefined;
  return inner && "ColumnRef" in inner ? inner : undefined;
}

/** `date_trunc('month', t) = '2026-05-01'`, `extract(year from t) = 2026`. */
const periodOf = ({ left, operator, right: [constant] }: Comparison, words: string): string | undefined =>
  operator === "=" && constant ? asRange(left, constant, words) : undefined;

interface Days {
  readonly words: string;
  readonly level: Level<Table>;
  readonly query: Query<Table>;
}

/** `date(t) >= d`, `t::date between d and e`: a day starts at midnight, and ends where the next one starts. */
function daysOf({ left, operator, right }: Comparison, { words, level, query }: Days): string | undefined {
  const days = right.map((node) => (query.itemsIn(node, level)?.size === 0 ? dayIn(node, query) : undefined));
  const [day, last = day] = days;
  if (!isDate(left) || !day || !last || days.includes(undefined)) return undefined;
  const [from, until] = [`${words} >= ${day.start}`, `${words} < ${last.end}`];
  if ((operator === "=" && days.length === 1) || operator === "between") return `${from} and ${until}`;
  const one: Readonly<Record<string, string>> = { ">=": from, "<=": until, "<": `${words} < ${day.start}`, ">": `${words} >= ${day.end}` };
  return one[operator];
}

function isDate(node: Node): boolean {
  if ("TypeCast" in node) return namesIn(node.TypeCast.typeName?.names).at(-1) === "date";
  return "FuncCall" in node && namesIn(node.FuncCall.funcname).at(-1) === "date" && node.FuncCall.args?.length === 1;
}

/** What is a date by itself, and not only compared with one: its midnight, and that of the day after. */
function dayIn(node: Node, query: Query<Table>): { readonly start: string; readonly end: string } | undefined {
  const words = wordsOf(node, query);
  if (words === undefined) return undefined;
  if ("A_Const" in node) {
    const { sval } = node.A_Const.sval ?? {};
    return /^\d{4}-\d\d-\d\d$/.test(sval ?? "") ? { start: `date ${words}`, end: `date ${words} + 1` } : undefined;
  }
  if ("ParamRef" in node) return { start: `${words}::date`, end: `${words}::date + 1` };
  return isDay(node) ? { start: words, end: `${words} + 1` } : undefined;
}

/** A date, or one moved by a whole number of days. */
function isDay(node: Node): boolean {
  if ("SQLValueFunction" in node) return node.SQLValueFunction.op === "SVFOP_CURRENT_DATE";
  if ("TypeCast" in node) return isDate(node);
  if (!("A_Expr" in node) || !["+", "-"].includes(namesIn(node.A_Expr.name).at(-1) ?? "")) return false;
  const { lexpr, rexpr } = node.A_Expr;
  return lexpr !== undefined && isDay(lexpr) && rexpr !== undefined && "A_Const" in rexpr && rexpr.A_Const.ival !== undefined;
}
