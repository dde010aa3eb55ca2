import type { ExtendedValues } from "../catalog/extended-statistics-values.ts";
import { type Counted, type CountedTable, couldDiffer, repeats } from "./counted.ts";
import { type Dependency, identifies } from "./dependency.ts";

/** Share of the rows that a list of most common combinations covers before it says something of all. */
const MOST_ROWS = 0.9;

/** What statistics of several columns say (https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED). */
export function fromExtended(counted: CountedTable, extended: readonly ExtendedValues[]): readonly Dependency[] {
  return extended.flatMap((values) => {
    const refuted = new Set(values.dependencies.filter(({ value }) => value < 1).map(({ parts }) => keyOf(parts)));
    const found = [...byDegree(values), ...byDistinct(counted, values), ...byCombinations(values)];
    return found.filter(({ determinant, dependent }) => {
      const ofDeterminant = determinant.flatMap((name) => counted.columns.get(name) ?? []);
      const ofDependent = counted.columns.get(dependent);
      if (!ofDependent || ofDeterminant.length < determinant.length || refuted.has(keyOf([...determinant, dependent]))) return false;
      if (ofDeterminant.some(({ column, nulls }) => !identifies(column.type) || nulls > 0)) return false;
      const groups = groupsOf(values, ofDeterminant);
      return repeats(counted, groups) && couldDiffer(counted, groups, ofDependent);
    });
  });
}

const keyOf = (parts: readonly unknown[]) => JSON.stringify([...parts.slice(0, -1).toSorted(), parts.at(-1)]);

/** Only columns have a name. */
const namesOf = (parts: readonly unknown[]) => (parts.every((part) => typeof part === "string") ? (parts as readonly string[]) : []);

const byDegree = ({ name, dependencies }: ExtendedValues): readonly Dependency[] =>
  dependencies.flatMap(({ parts, value }) => {
    const names = namesOf(parts);
    const dependent = names.at(-1);
    const evidence = `statistics ${name}: in all sampled rows`;
    return value < 1 || dependent === undefined
      ? []
      : [{ determinant: names.slice(0, -1), dependent, grade: "measured" as const, evidence }];
  });

/** As many combinations of both as there are values of the one. */
function byDistinct(counted: CountedTable, { name, distinct }: ExtendedValues): readonly Dependency[] {
  const together = (names: readonly string[]) =>
    names.length === 1
      ? counted.columns.get(names[0] ?? "")?.told
      : distinct.find(({ parts }) => parts.length === names.length && names.every((each) => parts.includes(each)))?.value;
  return distinct.flatMap(({ parts, value }) =>
    namesOf(parts).flatMap((dependent) => {
      const determinant = namesOf(parts).filter((each) => each !== dependent);
      const evidence = `statistics ${name}: as many combinations as values of ${determinant.join(", ")}, ${value.toLocaleString("en-US")}`;
      return together(determinant) === value ? [{ determinant, dependent, grade: "measured" as const, evidence }] : [];
    }),
  );
}

/** No value of the one stands with two of the other, in a list that covers nearly all rows. */
function byCombinations({ name, mostCommon }: ExtendedValues): readonly Dependency[] {
  const covered = mostCommon.reduce((sum, { frequency }) => sum + frequency, 0);
  const names = namesOf([...(mostCommon[0]?.values.keys() ?? [])]);
  if (covered < MOST_ROWS) return [];
  const evidence = `statistics ${name}: in all of the most common combinations, ${Math.floor(covered * 100)} % of the rows`;
  return names.flatMap((from) =>
    names
      .filter((to) => to !== from && isFunction(mostCommon, from, to))
      .map((dependent) => ({ determinant: [from], dependent, grade: "measured" as const, evidence })),
  );
}

function isFunction(mostCommon: ExtendedValues["mostCommon"], from: string, to: string): boolean {
  const seen = new Map<string | null | undefined, string | null | undefined>();
  return mostCommon.every(({ values }) => {
    const [value, other] = [values.get(from), values.get(to)];
    if (seen.has(value)) return seen.get(value) === other;
    seen.set(value, other);
    return true;
  });
}

/** Different values of what determines; of several columns at least as many as of each. */
function groupsOf({ distinct }: ExtendedValues, columns: readonly Counted[]): number {
  const told = distinct.find(({ parts }) => parts.length === columns.length && columns.every(({ column }) => parts.includes(column.name)));
  return told?.value ?? Math.max(...columns.map((each) => each.distinct));
}
