import type { ForeignKey, Schema } from "../catalog/schema.ts";
import { type Counted, type CountedTable, couldDiffer, repeats } from "./counted.ts";
import type { Dependency } from "./dependency.ts";

/** Estimates of how many values there are differ by so much. */
const ROUGH = 1.05;

/**
 * `customer_name` beside `customer_id`, where customers have a name of that type: a hint. It counts only where the numbers allow it, that is
 * with no more values, and at least as many rows with the most common ones.
 */
export function fromNames(counted: CountedTable, foreignKeys: Schema["foreignKeys"]): readonly Dependency[] {
  return foreignKeys.flatMap((key) => {
    const [pointing] = key.columns;
    const from = counted.columns.get(pointing?.name ?? "");
    if (key.columns.length !== 1 || !pointing || !from || !repeats(counted, from.distinct)) return [];
    const others = [...counted.columns.values()].filter(
      ({ column }) => column !== pointing && column.generated === undefined && isNamedAfter(column, key, pointing.name),
    );
    return others
      .filter((to) => allows(from, to) && couldDiffer(counted, from.distinct, to))
      .map((to) => ({
        determinant: [pointing.name],
        dependent: to.column.name,
        grade: "possible" as const,
        evidence: `named like a column that ${key.references.name} has, with no more values than ${pointing.name}; nothing measures the two together`,
      }));
  });
}

function isNamedAfter({ name, type }: Counted["column"], { references, table }: ForeignKey, pointing: string): boolean {
  if (references.oid === table.oid) return false;
  const words = [pointing.replace(/_?id$/i, ""), references.name, references.name.replace(/s$/, "")];
  return words.some(
    (word) =>
      word !== "" && references.columns.some((column) => name === `${word}_${column.name}` && name !== pointing && column.type === type),
  );
}

/** Rows with the k most common values of what follows are at least those with the k most common values of what it follows from. */
function allows(from: Counted, to: Counted): boolean {
  if (to.distinct > from.distinct * ROUGH) return false;
  let ahead = 0;
  return from.common.every((share, place) => {
    ahead += (to.common[place] ?? 0) - share;
    return ahead > -share * (ROUGH - 1) || place >= to.common.length;
  });
}
