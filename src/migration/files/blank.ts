import { withoutPsqlLines } from "../../sql/psql.ts";
import type { Section, Stretch } from "./sections.ts";

/** Where several sections are read together, each ends with a semicolon, which stands in the place of what is not of them. */
export function joined(
  sections: readonly Pick<Section, "stretches" | "breakpoints">[],
  text: string,
): Pick<Section, "stretches" | "breakpoints"> {
  const ends = sections.slice(0, -1).flatMap(({ stretches }) => {
    let end = stretches.at(-1)?.end ?? text.length;
    while (text[end] === "\n" || text[end] === "\r") end += 1;
    return stretches.length > 0 && end < text.length ? [end] : [];
  });
  const breakpoints = [...new Set([...sections.flatMap((section) => section.breakpoints), ...ends])].sort((one, other) => one - other);
  return { stretches: sections.flatMap(({ stretches }) => stretches), breakpoints };
}

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
  let [start, afterSql, rows] = [0, 0, 0];
  for (const line of text.split("\n")) {
    const end = start + line.length;
    const isSql = sql.slice(start, end).trim() !== "";
    const isLastRow = !isSql && /^\\\.\r?$/.test(line);
    if (isLastRow) {
      cut.length = cut.findLastIndex((lines) => lines.start < afterSql) + 1;
      cut.push({ start: afterSql, end, what: `${rows} ${rows === 1 ? "row" : "rows"} of COPY` });
    } else if (!isSql && line.startsWith("\\")) cut.push({ start, end, what: /^\S+/.exec(line)?.[0] ?? line });
    [afterSql, rows] = isSql || isLastRow ? [end + 1, 0] : [afterSql, rows + 1];
    start = end + 1;
  }
  return { text: sql, cut };
}
