import type { Node } from "@pgsql/types";
import { bothWays, comparisonsIn } from "./conditions.ts";
import { conjunctsOf, type Item, type Level, type TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import type { Use } from "./scope.ts";

/** An OR in what AND joins. */
export interface Choice<Table extends TableShape> {
  readonly node: Node;
  readonly level: Level<Table>;
  /** It says only which rows an outer join matches. */
  readonly isOuter: boolean;
  /** All that it depends on in its level. */
  readonly items: readonly Item<Table>[];
  readonly arms: readonly Arm<Table>[];
}

/** One side of an OR. */
export interface Arm<Table extends TableShape> {
  readonly node: Node;
  readonly items: ReadonlySet<Item<Table>>;
  /** Columns that the side says to equal something that is known before their table is read. */
  readonly equal: readonly Use<Table>[];
  /** Pairs of columns of two items that must be equal. */
  readonly joined: readonly (readonly [Use<Table>, Use<Table>])[];
  /** It asks a subquery, and nothing else. */
  readonly subquery: { readonly testexpr: Use<Table> | undefined } | undefined;
}

/** Those whose every side can be placed. */
export const choicesIn = <Table extends TableShape>(query: Query<Table>): readonly Choice<Table>[] =>
  query.levels.flatMap((level) => {
    const choices = (nodes: readonly Node[], isOuter: boolean) => nodes.flatMap((node) => choiceIn(node, { level, isOuter }, query) ?? []);
    return [...choices(level.where, false), ...level.joins.flatMap(({ kind, on }) => choices(on, kind !== "inner"))];
  });

function choiceIn<Table extends TableShape>(
  node: Node,
  { level, isOuter }: Pick<Choice<Table>, "level" | "isOuter">,
  query: Query<Table>,
): Choice<Table> | undefined {
  const asked = "BoolExpr" in node && node.BoolExpr.boolop === "OR_EXPR" ? query.itemsIn(node, level) : undefined;
  if (!asked) return undefined;
  const items = level.items.filter((item) => asked.has(item));
  return { node, level, isOuter, items, arms: armsOf(node).map((arm) => armOf(arm, level, query)) };
}

const armsOf = (node: Node): readonly Node[] =>
  "BoolExpr" in node && node.BoolExpr.boolop === "OR_EXPR" ? (node.BoolExpr.args ?? []).flatMap(armsOf) : [node];

function armOf<Table extends TableShape>(node: Node, level: Level<Table>, query: Query<Table>): Arm<Table> {
  const equalities = conjunctsOf(node)
    .filter((part) => !("BoolExpr" in part))
    .flatMap(comparisonsIn)
    .filter(({ operator }) => operator === "=");
  const useOf = (operand: Node | undefined) => {
    const use = operand && "ColumnRef" in operand ? query.columnOf(operand.ColumnRef, level) : undefined;
    return use?.level === level ? use : undefined;
  };
  const equal = equalities.flatMap(bothWays).flatMap(({ left, right }) => {
    const use = useOf(left);
    return use && query.itemsIn(right, level)?.size === 0 ? [use] : [];
  });
  const joined = equalities.flatMap(({ left, right: [other] }) => {
    const [one, two] = [useOf(left), useOf(other)];
    return one && two && one.item !== two.item ? [[one, two] as const] : [];
  });
  return { node, items: query.itemsIn(node, level) ?? new Set(), equal, joined, subquery: subqueryOf(node, useOf) };
}

function subqueryOf<Table extends TableShape>(node: Node, useOf: (operand: Node | undefined) => Use<Table> | undefined) {
  if (!("SubLink" in node)) return undefined;
  const { subLinkType, testexpr, operName } = node.SubLink;
  const isIn = subLinkType === "ANY_SUBLINK" && !operName;
  return isIn || subLinkType === "EXISTS_SUBLINK" ? { testexpr: useOf(testexpr) } : undefined;
}
