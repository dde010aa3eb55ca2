import type { Node } from "@pgsql/types";
import { bothWays, comparisonsIn } from "./conditions.ts";
import type { Item, Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";

/** A column that a SELECT wants to equal one value. */
export interface Lookup<Table extends TableShape> {
  readonly level: Level<Table>;
  readonly item: Item<Table>;
  readonly column: string;
  /** The column as the condition names it. */
  readonly left: Node;
  /** A constant or a parameter, without its casts. */
  readonly value: Node;
  readonly condition: Node;
}

/** Those by which the statement finds rows of a relation of its own, if it is a plain SELECT that locks none. */
export function lookupsIn<Table extends TableShape>(query: Query<Table>): readonly Lookup<Table>[] {
  const [level] = query.levels;
  if (query.statement.kind !== "SelectStmt" || level?.kind !== "select" || level.select?.lockingClause) return [];
  return level.where.flatMap((condition) => {
    if ("BoolExpr" in condition) return [];
    return comparisonsIn(condition)
      .flatMap(bothWays)
      .flatMap(({ operator, left, right, node }): readonly Lookup<Table>[] => {
        const [value, ...more] = right.map(bare);
        const use = "ColumnRef" in left ? query.columnOf(left.ColumnRef, level) : undefined;
        const isArray = "A_Expr" in node && node.A_Expr.kind === "AEXPR_OP_ANY";
        if (operator !== "=" || isArray || !value || more.length > 0 || use?.item.kind !== "relation" || use.level !== level) return [];
        return [{ level, item: use.item, column: use.name, left, value, condition }];
      });
  });
}

/** Undefined for what is neither a constant nor a parameter. */
function bare(node: Node): Node | undefined {
  if ("TypeCast" in node && node.TypeCast.arg) return bare(node.TypeCast.arg);
  return "A_Const" in node || "ParamRef" in node ? node : undefined;
}
