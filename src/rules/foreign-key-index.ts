import type { Index } from "../catalog/indexes.ts";
import { sql, unquote } from "../sql/quote.ts";

interface Indexed {
  readonly indexes: readonly Pick<Index, "keys" | "method" | "valid" | "where">[];
}

/** Access methods that find rows by equality of their first columns. */
const methods = ["btree", "hash", "gist"];

/**
 * Whether an index starts with these columns of a foreign key, in whatever order: the check asks for all of them. One that leaves
 * only NULLs out serves it, because the check never looks for NULL.
 */
export function isIndexed({ indexes }: Indexed, columns: readonly string[]): boolean {
  return indexes.some(({ keys, method, valid, where }) => {
    const start = keys.slice(0, columns.length).map(unquote);
    const isWhole = where === undefined || columns.some((column) => where === sql`${column} IS NOT NULL`);
    return valid && isWhole && methods.includes(method) && columns.every((column) => start.includes(column));
  });
}
