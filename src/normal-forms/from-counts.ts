import type { ForeignKey } from "../catalog/schema.ts";
import { type Counted, type CountedTable, couldDiffer, repeats } from "./counted.ts";
import { type Dependency, identifies } from "./dependency.ts";

/** Different shares among the most common values: fewer agree by chance, and rows that were generated evenly have only one. */
const SHARES = 4;

/**
 * Two columns of one sample that have as many values, and as many rows with the first of them, the second and so on: each value of
 * the one stands with one of the other.
 */
export function fromCounts(counted: CountedTable, foreignKeys: readonly ForeignKey[]): readonly Dependency[] {
  const columns = [...counted.columns.values()].filter(({ column }) => identifies(column.type) && column.generated === undefined);
  const isRole = (one: string, other: string) => {
    const targets = (name: string) =>
      foreignKeys.filter((key) => key.columns.some((each) => each.name === name)).map((key) => key.references.oid);
    return targets(one).some((oid) => targets(other).includes(oid));
  };
  return columns.flatMap((from) => {
    if (from.nulls > 0 || !repeats(counted, from.distinct) || new Set(from.common).size < SHARES) return [];
    return columns
      .filter(
        (to) =>
          to !== from && isSameSpread(from, to) && couldDiffer(counted, from.distinct, to) && !isRole(from.column.name, to.column.name),
      )
      .map((to) => ({
        determinant: [from.column.name],
        dependent: to.column.name,
        grade: "likely" as const,
        evidence: `both have ${Math.round(from.distinct).toLocaleString("en-US")} values, and the ${from.common.length} most common ones of each are in the same shares of the rows`,
      }));
  });
}

const isSameSpread = (one: Counted, other: Counted) =>
  one.told === other.told &&
  one.nulls === other.nulls &&
  one.common.length === other.common.length &&
  one.common.every((share, place) => share === other.common[place]);
