import type { FuncCall } from "@pgsql/types";
import { namesIn } from "./relations.ts";
import { walkExpression } from "./walk.ts";

/** Aggregates of Postgres 18 (`prokind = 'a'` in pg_proc), without rank and its like, which are so only WITHIN GROUP. */
const aggregates = new Set(
  `
  any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every json_agg json_agg_strict
  json_object_agg json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict jsonb_agg jsonb_agg_strict
  jsonb_object_agg jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict max min mode percentile_cont
  percentile_disc range_agg range_intersect_agg regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
  regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg
`
    .trim()
    .split(/\s+/),
);

/** Of people's own functions only the call tells. */
const isAggregate = ({ funcname, over, agg_star, agg_distinct, agg_within_group, agg_filter }: FuncCall) =>
  !over && (aggregates.has(namesIn(funcname).at(-1) ?? "") || Boolean(agg_star || agg_distinct || agg_within_group || agg_filter));

/** The SQL standard's JSON aggregates have nodes of their own. */
const constructors = new Set<string>(["JsonObjectAgg", "JsonArrayAgg"]);

/** Whether an expression aggregates rows of its own level, so that a SELECT without GROUP BY has one row. */
export const hasAggregate = (expression: unknown): boolean =>
  [...walkExpression(expression)].some(({ kind, node }) => constructors.has(kind) || (kind === "FuncCall" && isAggregate(node)));
