/** `NAMEDATALEN` less one (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS). */
const BYTES = 63;
/** Enough to tell two indexes of a table apart. */
const WORDS = 3;

/**
 * A name for an index that we advise, in the manner of Postgres's own: the table, the words of its keys, "idx". It is
 * given one so that the undo can name it. `taken`: names of the indexes there are.
 */
export function indexName({ table, keys, taken }: { table: string; keys: readonly string[]; taken: readonly string[] }): string {
  const words = keys.flatMap((key) => key.replaceAll(/'(?:[^']|'')*'/g, " ").match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).slice(0, WORDS);
  for (let number = 0; ; number += 1) {
    const ending = `_idx${number === 0 ? "" : number}`;
    const name = cut([table, ...words].join("_"), BYTES - ending.length) + ending;
    if (!taken.includes(name)) return name;
  }
}

/** To so many bytes of UTF-8, at a character. */
function cut(text: string, bytes: number): string {
  let kept = text;
  while (Buffer.byteLength(kept) > bytes) kept = kept.slice(0, -1);
  return kept;
}
