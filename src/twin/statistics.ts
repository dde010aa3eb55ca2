import type { Catalog } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import type { ColumnStatistics } from "../catalog/statistics.ts";
import { literal } from "../sql/quote.ts";
import { type Definition, type Limit, qualified } from "./definitions.ts";
import type { TwinRelation } from "./relations.ts";
import type { Session } from "./twin.ts";

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

/**
 * Stores what ANALYZE learned at home of the columns of tables and the expressions of indexes. Indexes and their
 * attributes may have other names here. Tells what Postgres refused, or took only a part of.
 */
export async function copyStatistics(
  session: Session,
  { tables, statistics }: Pick<Catalog, "tables" | "statistics">,
  here: ReadonlyMap<Oid, TwinRelation>,
): Promise<readonly Limit[]> {
  const known = new Map(tables.flatMap((table) => [table, ...table.indexes].map((relation) => [qualified(relation), relation])));
  const definitions = statistics.flatMap((column) => {
    const relation = known.get(qualified({ schema: column.schema, name: column.relation }));
    const found = relation && here.get(relation.oid);
    if (!found) return [];
    const place = "attributes" in relation ? relation.attributes.indexOf(column.column) : -1;
    const attribute = found.attributes[place] ?? column.column;
    const { sql } = statisticsDefinition({ ...column, schema: found.schema, relation: found.name, column: attribute });
    return [{ sql, what: statisticsDefinition(column).what, table: "attributes" in relation ? relation.table : relation.oid }];
  });
  const outcomes = await session.run(definitions.map(({ sql }) => sql));
  return definitions.flatMap(({ what, table }, position) => {
    const { refused, warned } = outcomes[position] ?? {};
    if (refused) return [{ text: `${what} are not in the twin`, table }];
    return warned ? [{ text: `${what} are in the twin only in part`, table }] : [];
  });
}
