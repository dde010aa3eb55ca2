import { withoutPsqlLines } from "../../sql/psql.ts";
import type { Section, Stretch } from "./sections.ts";

/** As long as the text, with its lines: what is in no stretch is blank, and a semicolon stands at each breakpoint. */
export function onlySql(text: string, { stretches, breakpoints }: Pick<Section, "stretches" | "breakpoints">): string {
  const parts: string[] = [];
  let last = 0;
  for (const { start, end } of stretches) {
    parts.push(blank(text.slice(last, start)), text.slice(start, end));
    last = end;
  }
  parts.push(blank(text.slice(last)));
  return withSemicolons(parts.join(""), breakpoints);
}

export const blank = (text: string): string => text.replace(/[^\n]/g, " ");

function withSemicolons(text: string, at: readonly number[]): string {
  let last = 0;
  const parts = at.map((position) => {
    const before = text.slice(last, position);
    last = Math.min(position + 1, text.length);
    return `${before};`;
  });
  return [...parts, text.slice(last)].join("");
}

/** What is for psql, and no SQL. */
export interface PsqlLines extends Stretch {
  /** "\connect", or "3 rows of COPY". */
  readonly what: string;
}

/** The text with blanks for what psql keeps to itself, and what that was. */
export function withoutPsql(text: string): { readonly text: string; readonly cut: readonly PsqlLines[] } {
  const sql = withoutPsqlLines(text);
  const cut: PsqlLines[] = [];
  let [start, afterSql] = [0, 0];
  for (const line of text.split("\n")) {
    const end = start + line.length;
    if (sql.slice(start, end).trim() !== "") afterSql = end + 1;
    else if (/^\\\.\r?$/.test(line)) {
      while ((cut.at(-1)?.start ?? -1) >= afterSql) cut.pop();
      const rows = text.slice(afterSql, start).split("\n").length - 1;
      cut.push({ start: afterSql, end, what: `${rows} ${rows === 1 ? "row" : "rows"} of COPY` });
    } else if (line.startsWith("\\")) cut.push({ start, end, what: /^\S+/.exec(line)?.[0] ?? line });
    start = end + 1;
  }
  return { text: sql, cut };
}
