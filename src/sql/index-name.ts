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
  // What Postgres calls a key that has no name of its own (`ChooseIndexColumnNames` in src/backend/commands/indexcmds.c).
  const own = words.join("_") || "expr";
  for (let number = 0; ; number += 1) {
    const ending = `_idx${number === 0 ? "" : number}`;
    const name = within(table, own, BYTES - ending.length) + ending;
    if (!taken.includes(name)) return name;
  }
}

/** The longer of the two gives way, at a character (`makeObjectName` in src/backend/commands/indexcmds.c). */
function within(table: string, words: string, bytes: number): string {
  let [first, second] = [table, words];
  while (Buffer.byteLength(first) + 1 + Buffer.byteLength(second) > bytes) {
    if (Buffer.byteLength(first) > Buffer.byteLength(second)) first = shorter(first);
    else second = shorter(second);
  }
  return `${first}_${second}`;
}

const shorter = (text: string) => Array.from(text).slice(0, -1).join("");
