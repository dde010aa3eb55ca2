import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { castBeside } from "../../sql/comparison-types.ts";
import { bothWays, type Comparison, isIndexedBy } from "../../sql/conditions.ts";
import { isKey } from "../../sql/expression.ts";
import { type Level, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import type { Use } from "../../sql/scope.ts";
import { type TypeShape, typeText } from "../../sql/type-name.ts";
import { columnType, valueType } from "../../sql/value-type.ts";
import { type Problem, queryRule } from "../rule.ts";

/** Rows. Below, a scan is cheap; above, it is felt on each call. */
const SMALL = 1_000;
const LARGE = 100_000;

interface Mismatch {
  readonly use: Use<Table>;
  readonly own: TypeShape;
  /** What the column is cast to. */
  readonly cast: string;
  /** What it is compared with, and of which type that is. */
  readonly other: Node;
  readonly type: TypeShape;
  readonly isJoin: boolean;
  /** Nothing else makes Postgres cast the column. */
  readonly isOnly: boolean;
  readonly place: Place;
}

type Place = Comparison & { readonly level: Level<Table> };

/** The column on the left, if what stands on the right makes Postgres cast it. */
function mismatchIn(place: Place, query: Query<Table>): Mismatch | undefined {
  const { left, right, level } = place;
  const use = "ColumnRef" in left ? query.columnOf(left.ColumnRef, level) : undefined;
  const own = columnType(use?.column);
  if (!use || !own) return undefined;
  const [found, ...others] = right.flatMap((other) => {
    const type = valueType(other, level, query);
    const cast = type && castBeside(own, { ...type, array: false });
    return cast ? [{ other, type, cast }] : [];
  });
  const items = query.itemsIn(right, level);
  if (!found || !items || items.has(use.item)) return undefined;
  return { ...found, use, own, place, isJoin: items.size > 0, isOnly: others.length === 0 };
}

function isExcused({ name, item, level: own, table }: Use<Table>, level: Level<Table>, query: Query<Table>): boolean {
  if (!table || own !== level || item.kind !== "relation") return true;
  if ((table.rows ?? SMALL) < SMALL || table.kind === "view" || table.kind === "foreign table") return true;
  const others = [...query.boundColumns(item, level)].filter((column) => column !== name);
  return isIndexedBy(new Set(others), table);
}

/** Each column once, with the first place that makes Postgres cast it. */
function mismatchesIn(query: Query<Table>): readonly Mismatch[] {
  const found = new Map<string, Mismatch>();
  for (const { level, ...comparison } of query.comparisons()) {
    for (const way of bothWays(comparison)) {
      const mismatch = mismatchIn({ ...way, level }, query);
      if (!mismatch || isExcused(mismatch.use, level, query)) continue;
      const column = `${query.levels.indexOf(level)} ${level.items.indexOf(mismatch.use.item)} ${mismatch.use.name}`;
      const first = found.get(column);
      found.set(column, first ? { ...first, isOnly: false } : mismatch);
    }
  }
  return [...found.values()];
}

const isIndexed = ({ table }: Use<Table>, column: Node) =>
  table?.indexes.some(({ keys: [key], valid }) => valid && key !== undefined && isKey(column, key)) ?? false;

/** Without an index there is nothing to lose yet. */
function severityOf({ use, isJoin, place }: Mismatch): "error" | "warning" | "info" {
  if (!isIndexed(use, place.left)) return "info";
  return !isJoin && (use.table?.rows ?? 0) >= LARGE ? "error" : "warning";
}

const whole = ["smallint", "integer", "bigint"];

/** The constant in the type of the column, where each row compares the same. */
function rewritten({ own, type, other }: Mismatch): string | undefined {
  const text = textOf(other);
  // A double has all whole numbers up to 2^53.
  if (whole.includes(own.name) && text !== undefined && Number.isSafeInteger(Number(text))) return String(Number(text));
  const isText = own.name === "character" && type.name === "text" && !type.array;
  return isText && text !== undefined && /^[\w-]+$/.test(text) ? `'${text}'` : undefined;
}

function textOf(node: Node): string | undefined {
  if ("TypeCast" in node && node.TypeCast.arg && (node.TypeCast.typeName?.typmods ?? []).length === 0) return textOf(node.TypeCast.arg);
  if (!("A_Const" in node)) return undefined;
  const { ival, fval, sval } = node.A_Const;
  return sval?.sval ?? fval?.fval ?? (ival ? String(ival.ival ?? 0) : undefined);
}

function fixFor(mismatch: Mismatch, query: Query<Table>): Pick<Problem, "fix"> {
  const by = mismatch.isOnly ? rewritten(mismatch) : undefined;
  const span = by === undefined ? undefined : query.spanOf(mismatch.other);
  return span && by !== undefined ? { fix: query.replacing(span, by) } : {};
}

export default queryRule({
  id: "query/implicit-type-mismatch",
  severity: "warning",

  *check(query) {
    for (const mismatch of mismatchesIn(query)) {
      const { use, own, cast, other, type, place } = mismatch;
      const object = `${nameOfItem(use.item)}.${use.name}`;
      const written = query.spanOf(other);
      yield {
        message: `${written ? query.textOf(written) : "The value"} is ${typeText(type)}, so Postgres casts ${object} from ${typeText(own)} to ${cast} in every row of ${sizedNameOf(use.item)}, and no index on it can serve.`,
        span: query.spanOf(place.node),
        object,
        severity: severityOf(mismatch),
        ...fixFor(mismatch, query),
      };
    }
  },
});
