import type { ColumnStatistics } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import { elementsOf } from "../sql/array-text.ts";
import type { Smell } from "./first-form.ts";

/** Values of which something can be said. */
const ENOUGH = 20;

/**
 * What the values that ANALYZE kept look like, counted: none of them, and no key of a document, is told. `statistics`: those of this table.
 */
export function fromValues(table: Table, statistics: readonly ColumnStatistics[]): readonly Smell[] {
  return table.columns.flatMap((column) => {
    const known = statistics.find((each) => each.column === column.name);
    if (!known) return [];
    const { most_common_vals, histogram_bounds } = known.values;
    const values = [most_common_vals, histogram_bounds].flatMap((text) => (text === undefined ? [] : (elementsOf(text) ?? [])));
    if (values.length < ENOUGH) return [];
    const says = /^jsonb$/.test(column.type)
      ? keysInAll(column.name, values)
      : isText(column.type)
        ? lists(column.name, values)
        : undefined;
    return says === undefined ? [] : [{ table, columns: [column.name], ...says }];
  });
}

const isText = (type: string) => /^(text|character varying|character)/.test(type) && !type.endsWith("[]");

type Told = Pick<Smell, "kind" | "says">;

/** Keys: fewer are no columns that somebody forgot. */
const KEYS = 3;

function keysInAll(column: string, values: readonly string[]): Told | undefined {
  const documents = values.map(objectIn);
  const [first, ...others] = documents;
  if (!first || others.includes(undefined)) return undefined;
  const inAll = Object.entries(first).filter(
    ([key, value]) => value !== null && typeof value !== "object" && others.every((other) => other && typeof other[key] === typeof value),
  );
  if (inAll.length < KEYS) return undefined;
  return {
    kind: "columns inside JSON",
    says: `${column} has the same ${inAll.length} keys, each with a plain value of one type, in all ${values.length} documents that statistics show: they are columns without type, NOT NULL, check or reference`,
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Share of the values that are lists of two and more. */
const LISTS = 0.3;
/** Characters of an element: longer ones are sentences. */
const SHORT = 40;

/** Elements that come back in other values, in lists that differ in length: an address has as many parts as the next one. */
function lists(column: string, values: readonly string[]): Told | undefined {
  for (const separator of [",", ";", "|"]) {
    const split = values.map((value) => value.split(separator).map((element) => element.trim()));
    const several = split.filter((elements) => elements.length > 1 && elements.every(isElement));
    if (several.length < values.length * LISTS || new Set(several.map(({ length }) => length)).size < 2) continue;
    const uses = new Map<string, number>();
    for (const element of split.flatMap((elements) => [...new Set(elements)])) uses.set(element, (uses.get(element) ?? 0) + 1);
    const all = several.flat();
    if (all.filter((element) => (uses.get(element) ?? 0) > 1).length * 2 < all.length) continue;
    return {
      kind: "list in a text",
      says: `${column}: ${several.length} of the ${values.length} values that statistics show are lists of elements between "${separator}", of different lengths, and the elements come back in other values: no reference checks them and no plain index finds one; a table of its own with one row for each, or an array, does`,
    };
  }
  return undefined;
}

const isElement = (text: string) => text !== "" && text.length <= SHORT && text.split(" ").length <= 2;
