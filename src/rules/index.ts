import limitOrderedIndexTrap from "./plan/limit-ordered-index-trap.ts";
import nestedLoopExplosion from "./plan/nested-loop-explosion.ts";
import rowMisestimate from "./plan/row-misestimate.ts";
import seqScanLargeFiltered from "./plan/seq-scan-large-filtered.ts";
import sortSpill from "./plan/sort-spill.ts";
import cartesianJoin from "./query/cartesian-join.ts";
import deleteWithoutWhere from "./query/delete-without-where.ts";
import functionOnColumn from "./query/function-on-column.ts";
import leadingWildcardLike from "./query/leading-wildcard-like.ts";
import notInSubqueryNullable from "./query/not-in-subquery-nullable.ts";
import nullEquality from "./query/null-equality.ts";
import offsetPagination from "./query/offset-pagination.ts";
import outerJoinTurnedInner from "./query/outer-join-turned-inner.ts";
import type { PlanRule, QueryRule } from "./rule.ts";

/** In the order of their file names, as `tests/rules/index.test.ts` holds. */
export const queryRules: readonly QueryRule[] = [
  cartesianJoin,
  deleteWithoutWhere,
  functionOnColumn,
  leadingWildcardLike,
  notInSubqueryNullable,
  nullEquality,
  offsetPagination,
  outerJoinTurnedInner,
];

export const planRules: readonly PlanRule[] = [limitOrderedIndexTrap, nestedLoopExplosion, rowMisestimate, seqScanLargeFiltered, sortSpill];
