import type { Column } from "./expression-sample.ts";
import { combinedBy, fittingIn, numbersIn } from "./sized-distinct.ts";
import { leavesIn } from "./sized-documents.ts";

/** A value of the histogram of a column of documents, and what an expression takes from it, as text. */
export interface Drawn {
  readonly document: string | null;
  readonly value: string | null;
}

/** What documents tell of the number of values that an expression takes from them. */
export interface Documented {
  /** Fewer could not make as many documents, with all that else stands in these. */
  readonly least: number;
  /** How many fit between the least and the greatest, where they are numbered. */
  readonly fitting: number | undefined;
}

/** Types whose values hold several others. */
const documents: ReadonlySet<string> = new Set(["jsonb", "hstore"]);

/** Rows that ANALYZE looks at for each bound of a histogram (`std_typanalyze` in src/backend/commands/analyze.c). */
const ROWS_PER_BOUND = 300;

export const isDocument = ({ base }: Column): boolean => documents.has(base);

export function documented(drawn: readonly Drawn[], column: Column, rows: number): Documented {
  const values = [...new Set(drawn.flatMap(({ value }) => value ?? []))];
  return { least: column.base === "jsonb" ? differentIn(column, rows) / othersIn(drawn) : 1, fitting: numbersIn(fittingIn(values), rows) };
}

/** Nothing tells how many values there are: each was met once, they are not numbered, and fewer of them (`share`, of the documents) would do. */
export const isGuess = ({ fitting }: Documented, values: readonly { readonly points: number }[], share: number): boolean =>
  fitting === undefined && share < 0.99 && values.every(({ points }) => points === 1);

/** Where ANALYZE saw no document twice, there are more than would make one pair alike. */
function differentIn({ distinct, bounds, nulls }: Column, rows: number): number {
  const looked = Math.min(rows, ROWS_PER_BOUND * Math.max(0, bounds - 1)) * (1 - (nulls ?? 0));
  return distinct === -1 ? (looked * (looked - 1)) / 2 : distinct < 0 ? -distinct * rows : distinct;
}

/** How many documents could be made of all that the expression does not take. */
function othersIn(drawn: readonly Drawn[]): number {
  const places = new Map<string, Map<string, number>>();
  const taken = new Map<string, number>();
  for (const { document, value } of drawn) {
    for (const leaf of document === null ? [] : leavesIn(document)) {
      const place = leaf.keys.join("\0");
      const own = places.get(place) ?? new Map<string, number>();
      own.set(String(leaf.value), (own.get(String(leaf.value)) ?? 0) + 1);
      places.set(place, own);
      if (String(leaf.value) === value) taken.set(place, (taken.get(place) ?? 0) + 1);
    }
  }
  const filled = drawn.filter(({ value }) => value !== null).length;
  const others = [...places].filter(([place]) => (taken.get(place) ?? 0) < filled);
  return others.reduce(
    (product, [, own]) =>
      product *
      combinedBy(
        [...own].map(([value, weight]) => ({ value, weight })),
        drawn.length,
      ),
    1,
  );
}
