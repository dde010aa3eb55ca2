import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { isNoFactor, joinedGroups } from "../../sql/join-graph.ts";
import { conjunctsOf, type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { openItems } from "../../sql/unique.ts";
import { walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** One side of an OR as if it were all of WHERE. */
interface Branch {
  readonly node: Node;
  readonly conditions: readonly Node[];
  readonly groups: readonly (readonly Item<Table>[])[];
  /** Items that it says something of. */
  readonly mentioned: ReadonlySet<Item<Table>>;
}

function branchesOf(level: Level<Table>, query: Query<Table>): readonly Branch[] {
  const [condition, ...more] = level.where;
  if (!condition || more.length > 0 || !("BoolExpr" in condition) || condition.BoolExpr.boolop !== "OR_EXPR") return [];
  const branches = (condition.BoolExpr.args ?? []).map((node): Branch | undefined => {
    const conditions = conjunctsOf(node);
    const groups = joinedGroups({ ...level, where: conditions }, query);
    const mentioned = query.itemsIn(node, level);
    return groups && mentioned && !hasSubquery(node) ? { node, conditions, groups, mentioned } : undefined;
  });
  return branches.includes(undefined) ? [] : branches.flatMap((branch) => branch ?? []);
}

const hasSubquery = (node: Node) => [...walkExpression(node)].some(({ kind }) => kind === "SubLink");

/** `or rates.country is null`, `or coupons.for_all` and `or $1` widen a join on purpose. */
const isDeliberate = ({ conditions, mentioned }: Branch) =>
  mentioned.size === 0 || conditions.some((condition) => "NullTest" in condition || "ColumnRef" in condition || "BooleanTest" in condition);

/** The item that a branch says nothing of, and that multiplies what it lets through. */
function freeIn({ conditions, groups, mentioned }: Branch, level: Level<Table>, query: Query<Table>): Item<Table> | undefined {
  const open = openItems([], { ...level, where: conditions }, query);
  const free = groups.filter((items) => !items.some((item) => mentioned.has(item))).flat();
  return free.find((item) => open.includes(item) && !isNoFactor(item) && (item.table?.rows ?? 2) > 1);
}

const kinds = new Set(["select", "update", "delete"]);

export default queryRule({
  id: "query/implicit-cross-join",
  severity: "warning",

  *check(query) {
    for (const level of query.levels.filter(({ kind }) => kinds.has(kind))) {
      const branches = branchesOf(level, query);
      // `users.id = orders.user_id and … or …`: the join ends at OR.
      if (!branches.some(({ groups, conditions }) => groups.length === 1 && conditions.length > 1)) continue;
      for (const branch of branches) {
        const free = branch.groups.length > 1 && !isDeliberate(branch) ? freeIn(branch, level, query) : undefined;
        const span = free && query.spanOf(branch.node);
        if (!span) continue;
        yield {
          message: `The join condition stands in another branch of OR, so each row with ${query.textOf(span)} is paired with every row of ${nameOfItem(free)}.`,
          span,
          object: nameOfItem(free).toString(),
        };
      }
    }
  },
});
