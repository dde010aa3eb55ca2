const WILDCARD = "\0";

/**
 * Whether every text that LIKE matches with this pattern must hold some trigram, so that an index of them can find it. A word counts for
 * two characters more at its start and one at its end, unless a wildcard stands there (`get_wildcard_part` in contrib/pg_trgm/trgm_op.c).
 */
export function hasTrigram(pattern: string): boolean {
  const text = pattern.replaceAll(/\\(.)|[%_]/gsu, (_, escaped?: string) => escaped ?? WILDCARD);
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].some(({ 0: word, index }) => {
    const start = text[index - 1] === WILDCARD ? 0 : 2;
    const end = text[index + word.length] === WILDCARD ? 0 : 1;
    return start + [...word].length + end >= 3;
  });
}

/** Whether a B-tree over text patterns finds what LIKE matches, and nothing is left for trigrams to do: `lamp%`. */
export const isPrefix = (pattern: string) => /^(?:[^%_\\]|\\.)+%?$/su.test(pattern);

/** The same of a regular expression: `^lamp`. */
export const isAnchored = (pattern: string) => /^\^[\p{L}\p{N}\s-]+(?:\.\*)?\$?$/u.test(pattern);

/** Fewer characters of words than a trigram has, and no regular expression can ask for one. */
export const mayHaveTrigram = (expression: string) => (expression.replaceAll(/\\./gsu, "").match(/[\p{L}\p{N}]/gu) ?? []).length >= 3;
