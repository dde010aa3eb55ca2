import betweenTimestamps from "./query/between-timestamps.ts";
import cartesianJoin from "./query/cartesian-join.ts";
import castOnColumn from "./query/cast-on-column.ts";
import correlatedSubqueryInSelect from "./query/correlated-subquery-in-select.ts";
import countStarForExistence from "./query/count-star-for-existence.ts";
import deleteWithoutWhere from "./query/delete-without-where.ts";
import distinctToHideJoin from "./query/distinct-to-hide-join.ts";
import distinctWithGroupBy from "./query/distinct-with-group-by.ts";
import forUpdateWithoutSkip from "./query/for-update-without-skip.ts";
import functionOnColumn from "./query/function-on-column.ts";
import havingWithoutAggregate from "./query/having-without-aggregate.ts";
import implicitCrossJoin from "./query/implicit-cross-join.ts";
import implicitTypeMismatch from "./query/implicit-type-mismatch.ts";
import inListHuge from "./query/in-list-huge.ts";
import leadingWildcardLike from "./query/leading-wildcard-like.ts";
import likePrefixNonCCollation from "./query/like-prefix-non-c-collation.ts";
import limitWithoutOrderBy from "./query/limit-without-order-by.ts";
import lockOrdering from "./query/lock-ordering.ts";
import materializedCteFence from "./query/materialized-cte-fence.ts";
import nPlusOne from "./query/n-plus-one.ts";
import notInSubqueryNullable from "./query/not-in-subquery-nullable.ts";
import nowVsCurrentDateTimezone from "./query/now-vs-current-date-timezone.ts";
import nullEquality from "./query/null-equality.ts";
import offsetPagination from "./query/offset-pagination.ts";
import orAcrossColumns from "./query/or-across-columns.ts";
import orderByNotUniqueWithLimit from "./query/order-by-not-unique-with-limit.ts";
import orderByRandom from "./query/order-by-random.ts";
import outerJoinTurnedInner from "./query/outer-join-turned-inner.ts";
import redundantSelfJoin from "./query/redundant-self-join.ts";
import selectStar from "./query/select-star.ts";
import stringConcatNull from "./query/string-concat-null.ts";
import timeArithmeticOnTimestamp from "./query/time-arithmetic-on-timestamp.ts";
import unionInsteadOfUnionAll from "./query/union-instead-of-union-all.ts";
import unnecessarySubquery from "./query/unnecessary-subquery.ts";
import unusedCte from "./query/unused-cte.ts";
import updateFromWithoutJoin from "./query/update-from-without-join.ts";
import type { QueryRule } from "./rule.ts";

/** In the order of their file names, as `tests/rules/lists.test.ts` holds. */
export const queryRules: readonly QueryRule[] = [
  betweenTimestamps,
  cartesianJoin,
  castOnColumn,
  correlatedSubqueryInSelect,
  countStarForExistence,
  deleteWithoutWhere,
  distinctToHideJoin,
  distinctWithGroupBy,
  forUpdateWithoutSkip,
  functionOnColumn,
  havingWithoutAggregate,
  implicitCrossJoin,
  implicitTypeMismatch,
  inListHuge,
  leadingWildcardLike,
  likePrefixNonCCollation,
  limitWithoutOrderBy,
  lockOrdering,
  materializedCteFence,
  nPlusOne,
  notInSubqueryNullable,
  nowVsCurrentDateTimezone,
  nullEquality,
  offsetPagination,
  orAcrossColumns,
  orderByNotUniqueWithLimit,
  orderByRandom,
  outerJoinTurnedInner,
  redundantSelfJoin,
  selectStar,
  stringConcatNull,
  timeArithmeticOnTimestamp,
  unionInsteadOfUnionAll,
  unnecessarySubquery,
  unusedCte,
  updateFromWithoutJoin,
];
