import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { askedByText } from "../indexes/asked-by-text.ts";
import { existingOf } from "../indexes/served.ts";
import { type Wish, wishesOf } from "../indexes/wishes.ts";
import type { Statement } from "../sql/parse.ts";
import { readQuery } from "../sql/query.ts";
import { unquote } from "../sql/quote.ts";
import type { RelationRef } from "../sql/relations.ts";

/**
 * Of the places where a statement compares columns of a table with values, those where an index begins with one of them. An
 * index that is there is not yet one that a plan reads: that is for `suggest_indexes`.
 */
export interface Coverage {
  readonly places: number;
  readonly covered: number;
  /** Of these places by how often they are executed. */
  readonly calls: number;
  readonly coveredCalls: number;
  /** `table (column, column)` of the places without one, the most called first. */
  readonly bare: readonly string[];
}

interface Counted {
  readonly statement: Statement;
  readonly calls: number;
}

/** A table of fewer rows is read whole with or without an index; so is one that nobody counted taken for large. */
const SMALL = 1_000;

export async function coverageOf(statements: readonly Counted[], find: (written: RelationRef) => Table | undefined): Promise<Coverage> {
  const places: { readonly calls: number; readonly covered: boolean; readonly name: string }[] = [];
  for (const { statement, calls } of statements) {
    const wishes = askedByText(readQuery(statement, find), (table) => table).flatMap(wishesOf);
    for (const wish of wishes) {
      const columns = comparedIn(wish);
      if (columns.length === 0 || (wish.table.rows ?? SMALL) < SMALL) continue;
      places.push({ calls, covered: await isCovered(wish), name: `${wish.table.name} (${columns.join(", ")})` });
    }
  }
  const covered = places.filter((place) => place.covered);
  const sum = (some: typeof places) => some.reduce((total, { calls }) => total + calls, 0);
  const bare = places.filter((place) => !place.covered).sort((one, other) => other.calls - one.calls || (one.name < other.name ? -1 : 1));
  return {
    places: places.length,
    covered: covered.length,
    calls: sum(places),
    coveredCalls: sum(covered),
    bare: [...new Set(bare.map(({ name }) => name))],
  };
}

const conditionsOf = ({ conditions }: Wish) =>
  conditions.filter(
    ({ operator, value, alternative }) => (value === "constant" || value === "parameter") && !alternative && !excludes(operator),
  );

/** All rows but some: no index narrows that. */
const excludes = (operator: string) => operator === "<>" || operator.startsWith("!");

const comparedIn = (wish: Wish) => [...new Set(conditionsOf(wish).map(({ key }) => key.column ?? key.text))];

async function isCovered(wish: Wish): Promise<boolean> {
  const { table } = wish;
  const keys = new Set(conditionsOf(wish).map(({ key }) => key.text));
  const trees = await existingOf(table);
  if (trees.some(({ keys: [first] }) => first !== undefined && keys.has(first.text))) return true;
  const columns = new Set(comparedIn(wish));
  // Every column of the other kinds can be searched by itself, but for a hash, which has one.
  return table.indexes.some((index) => isOther(index) && index.keys.some((key) => columns.has(unquote(key))));
}

const isOther = ({ method, valid }: Index) => valid && method !== "btree";
