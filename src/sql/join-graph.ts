import type { Node } from "@pgsql/types";
import { bothWays, comparisonsIn, conditionsOf } from "./conditions.ts";
import { shape } from "./expression.ts";
import type { Item, Join, Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import { namesIn } from "./relations.ts";
import { columnsOf } from "./scope.ts";
import { walkExpression } from "./walk.ts";

/**
 * The items of FROM, in groups that conditions join: by naming both, by USING, by an explicit CROSS JOIN or ON true,
 * by equality with the same constant or with columns of an outer level. Undefined where a column cannot be placed.
 */
export function joinedGroups<Table extends TableShape>(
  level: Level<Table>,
  query: Query<Table>,
): readonly (readonly Item<Table>[])[] | undefined {
  const above: Above = new Map();
  for (const condition of conditionsOf(level)) {
    const items = query.itemsIn(condition, level);
    if (!items) return undefined;
    unite([...items, ...anchorsOf(condition, level, query)], above);
  }
  for (const join of level.joins) unite(joinedBy(join, query, level), above);
  const byRoot = new Map<unknown, Item<Table>[]>();
  for (const item of level.items) {
    const root = rootOf(item, above);
    byRoot.set(root, [...(byRoot.get(root) ?? []), item]);
  }
  return [...byRoot.values()];
}

/** What an item, or whatever else holds items together, was joined to before. */
type Above = Map<unknown, unknown>;

function rootOf(member: unknown, above: Above): unknown {
  let root = member;
  while (above.has(root)) root = above.get(root);
  return root;
}

function unite([first, ...others]: readonly unknown[], above: Above): void {
  for (const other of others) {
    const [root, joined] = [rootOf(first, above), rootOf(other, above)];
    if (root !== joined) above.set(joined, root);
  }
}

/** What a condition ties its item to besides other items: a constant that others equal too, or the row of an outer level. */
function* anchorsOf<Table extends TableShape>(condition: Node, level: Level<Table>, query: Query<Table>): Generator<string> {
  for (const { kind, node } of walkExpression(condition)) {
    const use = kind === "ColumnRef" ? query.columnOf(node, level) : undefined;
    if (use && use.level !== level) yield "an outer row";
  }
  if ("BoolExpr" in condition) return;
  for (const { operator, right } of comparisonsIn(condition).flatMap(bothWays)) {
    if (operator === "=" && query.itemsIn(right, level)?.size === 0) yield shape(right);
  }
}

/** ON is among the conditions; here are the joins that need none. */
function joinedBy<Table extends TableShape>(
  { kind, left, right, on, using, natural }: Join<Table>,
  query: Query<Table>,
  level: Level<Table>,
) {
  const isWanted = kind === "cross" || (on.length > 0 && on.every((condition) => isConstant(condition, query, level)));
  if (isWanted) return [...left, ...right];
  const shared = using.length > 0 ? using : natural ? commonColumns(left, right) : [];
  const has = (item: Item<Table>) => shared === undefined || (columnsOf(item)?.some((name) => shared.includes(name)) ?? true);
  return shared?.length === 0 ? [] : [...left.filter(has), ...right.filter(has)];
}

const isConstant = <Table extends TableShape>(node: Node, query: Query<Table>, level: Level<Table>) =>
  query.itemsIn(node, level)?.size === 0 && ![...walkExpression(node)].some(({ kind }) => kind === "ColumnRef");

/** Of a NATURAL JOIN; undefined where the columns of a side are not known. */
function commonColumns<Table extends TableShape>(
  left: readonly Item<Table>[],
  right: readonly Item<Table>[],
): readonly string[] | undefined {
  const [one, other] = [left, right].map((items) => items.map(columnsOf));
  if (!one || !other || one.includes(undefined) || other.includes(undefined)) return undefined;
  const names = new Set(other.flatMap((columns) => columns ?? []));
  return one.flatMap((columns) => columns ?? []).filter((name) => names.has(name));
}

const aggregates = new Set(
  "array_agg avg bit_and bit_or bool_and bool_or count every json_agg json_object_agg jsonb_agg jsonb_object_agg max min string_agg sum".split(
    " ",
  ),
);

/** Items that multiply nothing or are meant to: functions, LATERAL, VALUES, subqueries without FROM, of one aggregate or with LIMIT 1. */
export function isNoFactor({ kind, lateral, body }: Item<TableShape>): boolean {
  if (kind === "function" || lateral) return true;
  if (body?.kind !== "select") return false;
  if (body.items.length === 0 || isOne(body.limit)) return true;
  return body.group.length === 0 && body.targets.some(({ val }) => val !== undefined && isAggregate(val));
}

const isOne = (limit: Node | undefined) =>
  limit !== undefined && "A_Const" in limit && (limit.A_Const.ival?.ival ?? 0) <= 1 && !limit.A_Const.isnull;

const isAggregate = (node: Node) =>
  [...walkExpression(node)].some(
    ({ kind, node: call }) => kind === "FuncCall" && !call.over && aggregates.has(namesIn(call.funcname).at(-1) ?? ""),
  );
