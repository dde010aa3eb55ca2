import type { Node } from "@pgsql/types";
import type { Statement } from "../sql/parse.ts";
import { walk, walkExpression } from "../sql/walk.ts";

/**
 * Whether the planner's cost of a statement says little: it takes every second row to meet an IN or EXISTS that is one side of an OR,
 * and so expects a LIMIT to end the search at once. Where few rows meet it, all are read.
 */
export function isMisjudged({ tree }: Statement): boolean {
  const isLimited = "SelectStmt" in tree && tree.SelectStmt.limitCount !== undefined;
  return (
    isLimited && [...walk(tree)].some(({ kind, node }) => kind === "BoolExpr" && node.boolop === "OR_EXPR" && (node.args ?? []).some(asks))
  );
}

const asks = (node: Node) => [...walkExpression(node)].some(({ kind }) => kind === "SubLink");
