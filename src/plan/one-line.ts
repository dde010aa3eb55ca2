/** A condition can hold a whole list of ids; the reader needs its beginning. */
const MOST = 160;

/** Control and format characters (line ends, terminal escapes, changes of direction) become spaces: what a database holds must not steer what shows it. */
export const onOneLine = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ").trim();

export const shortened = (text: string) => (text.length <= MOST ? text : `${text.slice(0, MOST - 1).replace(/[\uD800-\uDBFF]$/, "")}…`);
