import type { Table } from "../catalog/tables.ts";
import { conditionsOf } from "../sql/conditions.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { distinctOn, isTotallyOrdered } from "../sql/unique.ts";
import { walk } from "../sql/walk.ts";
import { mayFail } from "./may-fail.ts";
import { isOpen } from "./open-order.ts";

/**
 * Whether a statement only reads, and its rows follow from those of its tables alone: nothing of it is drawn, taken from an open
 * order, or an error for a row that another plan may come to.
 */
export function isComparable(query: Query<Table>, views: readonly Query<Table>[]): boolean {
  if (query.statement.kind !== "SelectStmt" || ![query, ...views].every(isSettled)) return false;
  const fails = (of: Query<Table>, expressionsIn: (level: Level<Table>) => readonly unknown[]) =>
    of.levels.some((level) => mayFail(expressionsIn(level), level, of));
  return !fails(query, movable) && !views.some((view) => fails(view, ({ expressions }) => expressions));
}

function isSettled(query: Query<Table>): boolean {
  for (const { kind, node } of walk(query.statement.tree)) {
    if (unsettled.has(kind)) return false;
    if (kind === "WithClause" && node.recursive) return false;
    if (kind === "SelectStmt" && node.limitOption === "LIMIT_OPTION_WITH_TIES") return false;
  }
  return query.levels.every(
    (level) => (level.place === "exists" || !isCut(level) || isTotallyOrdered(level, query)) && !isOpen(level, query),
  );
}

/** What locks, writes or draws rows; and COLLATE, by which two texts may be equal that the columns tell apart. */
const unsettled = new Set("LockingClause RangeTableSample IntoClause InsertStmt UpdateStmt DeleteStmt MergeStmt CollateClause".split(" "));

/** LIMIT takes the first rows, DISTINCT ON the first of each group. */
const isCut = (level: Level<Table>) => isLimited(level) || distinctOn(level) !== undefined;

export const isLimited = ({ limit, offset }: Level<Table>): boolean => limit !== undefined || offset !== undefined;

/** What another plan may compute for other rows. What the statement itself returns is computed for the rows that it returns, unless LIMIT leaves some out. */
const movable = (level: Level<Table>): readonly unknown[] =>
  level.place === "top" && !isLimited(level) ? [...conditionsOf(level), level.select?.havingClause] : level.expressions;
