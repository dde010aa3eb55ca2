/**
 * A script without what psql reads itself and Postgres does not: backslash commands (`\restrict` of pg_dump, `\connect`)
 * and the rows between `COPY … FROM stdin;` and `\.`. They become blanks of the same length, so that positions hold.
 */
export function withoutPsqlLines(text: string): string {
  const rows = /^(copy\s[^;]*\sfrom\s+stdin[^;]*;[^\n]*\n)([\s\S]*?^\\\.)(?=\r?$)/gim;
  return text.replace(rows, (_, copy: string, data: string) => copy + blank(data)).replace(/^\\.*$/gm, blank);
}

const blank = (text: string) => text.replace(/[^\n]/g, " ");
