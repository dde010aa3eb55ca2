/**
 * A script without what psql reads itself and Postgres does not: backslash commands (`\restrict` of pg_dump, `\connect`)
 * and the rows between `COPY … FROM stdin;` and `\.`. They become blanks of the same length, so that positions hold.
 */
export function withoutPsqlLines(text: string): string {
  const rows = /^(copy\s[^;]*\sfrom\s+stdin[^;]*;[^\n]*\n)([\s\S]*?^\\\.)(?=\r?$)/gim;
  const withoutRows = text.replace(rows, (_, copy: string, data: string) => copy + blank(data));
  return withoutRows.replace(quotedOrCommand, (found) => (found.startsWith("\\") ? blank(found) : found));
}

/** A line of a name, a constant, a body or a comment may start with a backslash as well. */
const quotedOrCommand =
  /"(?:[^"]|"")*"|\be'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|(\$(?:[\p{L}_]\w*)?\$)[\s\S]*?\1|--.*|\/\*[\s\S]*?\*\/|^\\.*$/gimu;

const blank = (text: string) => text.replace(/[^\n]/g, " ");
