/**
 * What a reader does not see or what turns the direction in which he reads: control and format characters, line and
 * paragraph separators, and everything that Unicode lets a renderer leave out (zero-width, tags, variation selectors,
 * fillers). Persian and emoji use some of them honestly; here they are shown all the same, because two names that look
 * alike must not be two names.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;
/** Of a text of several lines: all of them but the line end and the tab. */
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

const codeOf = (sign: string) => (sign.codePointAt(0) ?? 0).toString(16);
const visible = (sign: string) => `\\u{${codeOf(sign)}}`;

export const hasHidden = (text: string): boolean => text.search(HIDDEN) >= 0;

/** On one line, and nothing in it hidden. */
export const onOneLineShown = (text: string): string => text.replaceAll(HIDDEN, visible);

/** The same, with lines and tabs left as they are. */
export const shown = (text: string): string => text.replaceAll(HIDDEN_IN_LINES, visible);

/** As `U&"…"` reads it: four digits, or six after a plus sign (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS-UESCAPE). */
const identifierEscape = (sign: string) => {
  const code = codeOf(sign);
  return code.length <= 4 ? `\\${code.padStart(4, "0")}` : `\\+${code.padStart(6, "0")}`;
};

/** A quoted identifier that shows what is hidden in it, and names the same thing under every setting. */
export const escapedIdentifier = (identifier: string): string =>
  `U&"${identifier.replaceAll("\\", "\\\\").replaceAll(HIDDEN, identifierEscape).replaceAll('"', '""')}"`;

/** As `E'…'` reads it. */
const constantEscape = (sign: string) => {
  const code = codeOf(sign);
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
};

const escapedConstant = (text: string) =>
  `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''").replaceAll(HIDDEN_IN_LINES, constantEscape)}'`;

/** Identifiers, constants with and without escapes, bodies between dollars; what says `U&` already is left alone. */
const QUOTED =
  /(?<!&)"(?<identifier>(?:[^"]|"")*)"|\b(?<escapes>[eE]'(?:[^'\\]|''|\\.)*')|(?<!&)'(?<constant>(?:[^']|'')*)'|(?<dollars>\$\w*\$)(?<body>[\s\S]*?)\k<dollars>/gsu;

interface Quoted {
  readonly identifier?: string;
  readonly escapes?: string;
  readonly constant?: string;
  readonly body?: string;
}

/** SQL to paste, as Postgres printed it or somebody wrote it: what is hidden in its names and constants is escaped, so that it does the same and shows all of it. */
export function withoutHidden(sql: string): string {
  if (shown(sql) === sql) return sql;
  return shown(sql.replaceAll(QUOTED, (written, ...groups) => (shown(written) === written ? written : escaped(groups.at(-1), written))));
}

function escaped({ identifier, constant, body }: Quoted, written: string): string {
  if (identifier !== undefined) return escapedIdentifier(identifier.replaceAll('""', '"'));
  if (constant !== undefined) return escapedConstant(constant.replaceAll("''", "'"));
  return body === undefined ? written.replaceAll(HIDDEN_IN_LINES, constantEscape) : escapedConstant(body);
}
