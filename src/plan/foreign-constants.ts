/** In the place of a constant that is not the reader's. */
const MASK = "…";

/** Identifiers in quotes, type modifiers, plans by their number, parameters and names with digits are passed over; constants are found. */
const PARTS =
  /"(?:[^"]|"")*"|(?<=::[\w ."]+)\(\d+(?:,\s*-?\d+)?\)|\b(?:Sub|Init)Plan \d+|(?<quoted>E?'(?:[^']|'')*')|[$\p{L}_][\w$]*|(?<number>\d[\d.]*(?:e[+-]?\d+)?)/giu;

/**
 * Masks the constants of a condition that the caller did not write: those of views, policies, functions and index
 * predicates are somebody else's. What Postgres made of the caller's own is his: the elements of a list, a day with its
 * midnight, the two ends of a LIKE.
 */
export function foreignConstantsMasked(condition: string, own: ReadonlySet<string>): string {
  const known = new Set([...own].flatMap(formsOf));
  return condition.replaceAll(PARTS, (written, ...groups) => {
    const { quoted, number } = groups.at(-1) as { readonly quoted?: string; readonly number?: string };
    if (number !== undefined) return known.has(formOf(number)) ? written : MASK;
    if (quoted === undefined) return written;
    const text = textOf(quoted);
    return known.has(formOf(text)) || elementsAre(text, known) ? written : `'${MASK}'`;
  });
}

/** With a backslash in it Postgres prints `E'…'` and doubles it (`simple_quote_literal` in src/backend/utils/adt/ruleutils.c). */
const textOf = (quoted: string): string =>
  quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll("''", "'") : textOf(quoted.slice(1)).replaceAll("\\\\", "\\");

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MIDNIGHT = /[ T]00:00:00(?:\.0+)?(?:[+-]\d\d(?::?\d\d)?|Z)?$/;

/** Two constants that mean the same have the same form; the sign of a number is not part of the constant. */
const formOf = (text: string): string => (NUMBER.test(text) ? String(Math.abs(Number(text))) : text.replace(MIDNIGHT, ""));

/** A pattern is searched from its fixed beginning to the next text after it. */
function formsOf(constant: string): readonly string[] {
  const [, beginning = ""] = /^\^?((?:\\.|[^%_\\.*+?()[\]{}|$])+)/.exec(constant) ?? [];
  const fixed = beginning.replaceAll(/\\(.)/g, "$1");
  if (fixed === "" || fixed === constant) return [formOf(constant)];
  const last = fixed.codePointAt(fixed.length - 1) ?? 0;
  return [formOf(constant), formOf(fixed), formOf(fixed.slice(0, -1) + String.fromCodePoint(last + 1))];
}

function elementsAre(text: string, known: ReadonlySet<string>): boolean {
  if (!/^\{.*\}$/s.test(text)) return false;
  const elements = Array.from(text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|[^,{}]+/gs), ([bare, inQuotes]) =>
    inQuotes === undefined ? bare : inQuotes.replaceAll(/\\(.)/gs, "$1"),
  );
  return elements.every((element) => element === "NULL" || known.has(formOf(element)));
}
