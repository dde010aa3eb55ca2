import type { Node } from "@pgsql/types";
import { namesIn } from "./relations.ts";

/**
 * What a comparison of a date function of a column with a constant says of the column itself, as a half-open
 * range: `date(t) = '2024-05-01'` is `t >= '2024-05-01' and t < '2024-05-02'`. Undefined where the two differ.
 * Dates are midnight in the session's time zone on both sides.
 */
export function asRange(expression: Node, constant: Node, column: string): string | undefined {
  const bounds = boundsOf(expression, constant);
  return bounds && `${column} >= '${bounds[0]}' and ${column} < '${bounds[1]}'`;
}

/** The types for which it holds. */
export const rangedTypes = ["date", "timestamp without time zone", "timestamp with time zone"];

function boundsOf(expression: Node, constant: Node): readonly [string, string] | undefined {
  if (!("FuncCall" in expression)) return undefined;
  const { funcname, args = [] } = expression.FuncCall;
  const [first, second] = args;
  const called = namesIn(funcname).at(-1);
  if (called === "date" && first && args.length === 1 && "ColumnRef" in first) return periodOf(constant, "day");
  if (!first || !second || !("ColumnRef" in second) || args.length !== 2) return undefined;
  const field = textOf(first)?.toLowerCase();
  if (called === "date_trunc") return periodOf(constant, field);
  return (called === "extract" || called === "date_part") && field === "year" ? yearOf(constant) : undefined;
}

const textOf = (node: Node) => ("A_Const" in node ? node.A_Const.sval?.sval : undefined);

/** A literal with or without its type before it: '2024-05-01', date '2024-05-01'. */
function dateIn(node: Node): string | undefined {
  if ("TypeCast" in node && node.TypeCast.arg && namesIn(node.TypeCast.typeName?.names).at(-1) === "date") return textOf(node.TypeCast.arg);
  return textOf(node);
}

/** The period that starts on a date. A date in the middle of a month is the start of no month. */
function periodOf(constant: Node, unit: string | undefined): readonly [string, string] | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(dateIn(constant) ?? "") ?? [];
  const start = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(8, 10) !== day || year === "0000") return undefined;
  if ((unit === "month" || unit === "year") && day !== "01") return undefined;
  if (unit === "year" && month !== "01") return undefined;
  return endOf(start, unit);
}

function endOf(start: Date, unit: string | undefined): readonly [string, string] | undefined {
  const end = new Date(start);
  if (unit === "day") end.setUTCDate(end.getUTCDate() + 1);
  else if (unit === "month") end.setUTCMonth(end.getUTCMonth() + 1);
  else if (unit === "year") end.setUTCFullYear(end.getUTCFullYear() + 1);
  else return undefined;
  return end.getUTCFullYear() > 9999 ? undefined : [start.toISOString().slice(0, 10), end.toISOString().slice(0, 10)];
}

function yearOf(constant: Node): readonly [string, string] | undefined {
  const year = "A_Const" in constant ? (constant.A_Const.ival?.ival ?? 0) : 0;
  if (year < 1 || year > 9998) return undefined;
  const written = (number: number) => `${String(number).padStart(4, "0")}-01-01`;
  return [written(year), written(year + 1)];
}
