import type { ColumnStatistics } from "../catalog/statistics.ts";
import { literal } from "../sql/quote.ts";
import { type Definition, qualified } from "./definitions.ts";

/** Types of the arguments of `pg_restore_attribute_stats` (https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-STATSMOD). */
const types: Readonly<Record<string, string>> = {
  null_frac: "real",
  avg_width: "integer",
  n_distinct: "real",
  most_common_vals: "text",
  most_common_freqs: "real[]",
  histogram_bounds: "text",
  correlation: "real",
  most_common_elems: "text",
  most_common_elem_freqs: "real[]",
  elem_count_histogram: "real[]",
  range_length_histogram: "text",
  range_empty_frac: "real",
  range_bounds_histogram: "text",
};

/** The twin reads the statistics of any server as those of its own version: the meaning has not changed since 14. */
export function statisticsDefinition({ schema, relation, column, inherited, values }: ColumnStatistics): Definition {
  const settings = Object.entries(values)
    .filter(([name]) => Object.hasOwn(types, name))
    .map(([name, value]) => `${literal(name)}, ${literal(value)}::${types[name]}`);
  const arguments_ = [
    `'schemaname', ${literal(schema)}`,
    `'relname', ${literal(relation)}`,
    `'attname', ${literal(column)}`,
    `'inherited', ${inherited}`,
    "'version', 180000",
    ...settings,
  ];
  return {
    sql: `select pg_restore_attribute_stats(${arguments_.join(", ")})`,
    what: `statistics of ${qualified({ schema, name: relation })}.${column}`,
  };
}
