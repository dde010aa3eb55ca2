import type { A_Expr, Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { shape } from "../../sql/expression.ts";
import { type Level, nameOfItem } from "../../sql/level.ts";
import { isNow } from "../../sql/now.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { valueType } from "../../sql/value-type.ts";
import { type Problem, queryRule } from "../rule.ts";

interface Place {
  readonly node: Node;
  readonly level: Level<Table>;
}

const LOCAL = "timestamp without time zone";
const ZONED = "timestamp with time zone";

/** The operands of a difference of two moments, and their types. */
function differenceIn(node: Node | undefined, level: Level<Table>, query: Query<Table>) {
  if (!node || !("A_Expr" in node) || !isMinus(node.A_Expr)) return undefined;
  const operands = [node.A_Expr.lexpr, node.A_Expr.rexpr].flatMap((each) => each ?? []);
  const types = operands.map((each) => valueType(each, level, query)?.name);
  return types.every((type) => type === LOCAL || type === ZONED) ? { operands, types } : undefined;
}

const isMinus = ({ kind = "AEXPR_OP", name, lexpr }: A_Expr) => kind === "AEXPR_OP" && lexpr !== undefined && namesIn(name).at(-1) === "-";

/** From the largest on. A difference of timestamps has days and less, what age() gives has all (https://www.postgresql.org/docs/current/functions-datetime.html). */
const units = ["year", "month", "day", "hour", "minute", "second"];

/** In seconds. */
const WHOLE = "epoch";

/** A part that is taken out of the time between two moments. */
interface Part {
  readonly unit: string;
  readonly span: Node;
  readonly isAge: boolean;
  readonly call: string;
  readonly place: Place;
}

/** Of all parts of one level, which are taken of which time. */
type Taken = ReadonlySet<string>;

const keyOf = (unit: string, span: Node) => `${unit} ${shape(span)}`;

function partIn(place: Place, query: Query<Table>): Part | undefined {
  const { node, level } = place;
  if (!("FuncCall" in node)) return undefined;
  const [field, span] = node.FuncCall.args ?? [];
  const call = namesIn(node.FuncCall.funcname).at(-1) ?? "";
  if (!field || !span || !("A_Const" in field) || !["extract", "date_part"].includes(call)) return undefined;
  const unit = (field.A_Const.sval?.sval ?? "").toLowerCase().replace(/s$/, "");
  const isAge = "FuncCall" in span && namesIn(span.FuncCall.funcname).at(-1) === "age";
  return (units.includes(unit) || unit === WHOLE) && (isAge || differenceIn(span, level, query))
    ? { unit, span, isAge, call, place }
    : undefined;
}

/** What the part leaves out, unless the next larger part of the same time is taken as well. */
function lossOf({ unit, isAge, span }: Part, taken: Taken): string | undefined {
  const larger = units[units.indexOf(unit) - 1];
  if (!isAge && (unit === "year" || unit === "month")) return "is always 0, because a difference of timestamps is in days and less";
  if (larger === undefined || (!isAge && unit === "day")) return undefined;
  if (taken.has(keyOf(larger, span)) || taken.has(keyOf(WHOLE, span))) return undefined;
  return `leaves out whole ${larger}s: it is what remains beside them, not the time in ${unit}s`;
}

const seconds: Readonly<Record<string, number>> = { hour: 3600, minute: 60, second: 1 };

/** The whole time in the unit, which is the same where no larger part was lost. */
function fixFor({ unit, isAge, span, call, place }: Part, query: Query<Table>): string | undefined {
  const [whole, inner] = [query.spanOf(place.node), query.spanOf(span)];
  const by = seconds[unit];
  if (isAge || by === undefined || !whole || !inner) return undefined;
  const text = query.textOf(inner);
  const epoch = call === "extract" ? `extract(epoch from ${text})` : `date_part('epoch', ${text})`;
  return query.replacing(whole, by === 1 ? epoch : `trunc(${epoch} / ${by})`);
}

function* partsLost(places: readonly Place[], query: Query<Table>): Generator<Problem> {
  const parts = places.flatMap((place) => partIn(place, query) ?? []);
  const taken = new Set(parts.map(({ unit, span }) => keyOf(unit, span)));
  for (const part of parts) {
    const loss = lossOf(part, taken);
    const span = loss === undefined ? undefined : query.spanOf(part.place.node);
    if (loss === undefined || !span) continue;
    const isZero = loss.startsWith("is");
    yield {
      message: `${query.textOf(span)} ${loss}.${isZero ? " Take it from age()." : ""}`,
      span,
      severity: isZero ? "error" : "warning",
      fix: fixFor(part, query),
    };
  }
}

/** How a difference depends on clocks; undefined where it does not. */
function clockProblem({ node, level }: Place, query: Query<Table>): Problem | undefined {
  const difference = differenceIn(node, level, query);
  const local = difference?.operands.find((each, at) => "ColumnRef" in each && difference.types[at] === LOCAL);
  const use = local && "ColumnRef" in local ? query.columnOf(local.ColumnRef, level) : undefined;
  if (!difference || !use) return undefined;
  const object = `${nameOfItem(use.item)}.${use.name}`;
  const span = query.spanOf(node);
  if (difference.types.includes(ZONED))
    return {
      message: `${object} has no time zone, so it is taken in that of the session before it is subtracted: elsewhere the result is off by hours.`,
      span,
      object,
      severity: difference.operands.some(isNow) ? "info" : "warning",
    };
  if (!difference.operands.every((each) => "ColumnRef" in each)) return undefined;
  const message = `${object} has no time zone: if it holds local time, the result is an hour off where the clock changed in between.`;
  return { message, span, object, severity: "info" };
}

export default queryRule({
  id: "query/time-arithmetic-on-timestamp",
  severity: "warning",

  *check(query) {
    const seen = new Set<string | undefined>();
    const all = [...query.nodes()];
    for (const level of query.levels) {
      const places = all.filter((place) => place.level === level);
      yield* partsLost(places, query);
      for (const place of places) {
        const problem = clockProblem(place, query);
        // One column, one mistake.
        if (!problem || seen.has(problem.object)) continue;
        seen.add(problem.object);
        yield problem;
      }
    }
  },
});
