import type { Message } from "./runner.ts";
import type { Section } from "./sections.ts";

/** Where one message to the server ends and the next begins; undefined: each statement is one. */
export function messageEnds(
  text: string,
  sends: Message,
  { breakpoints, stretches }: Pick<Section, "breakpoints" | "stretches">,
): readonly number[] | undefined {
  if (sends === "statement") return undefined;
  if (sends === "breakpoints") return breakpoints;
  return sends === "lines" ? stretches.flatMap(({ start, end }) => linesWithSemicolon(text.slice(start, end), start)) : [];
}

/**
 * goose and sql-migrate end a statement at a line whose last word before a comment ends with a semicolon, but not between
 * StatementBegin and StatementEnd (`endsWithSemicolon` in internal/sqlparser/parser.go and sqlparse/sqlparse.go).
 */
function linesWithSemicolon(text: string, offset: number): readonly number[] {
  const ends: number[] = [];
  let isWhole = false;
  for (const { 0: line, index } of text.matchAll(/[^\n]+/g)) {
    const [, directive] = /^--\s*\+(?:goose|migrate)\s+Statement(Begin|End)\b/i.exec(line) ?? [];
    if (directive !== undefined) isWhole = directive.toLowerCase() === "begin";
    const words = line.split(/\s+/).filter((word) => word !== "");
    const comment = words.findIndex((word) => word.startsWith("--"));
    const last = comment < 0 ? words.at(-1) : words[comment - 1];
    if (directive?.toLowerCase() === "end" || (!isWhole && last?.endsWith(";"))) ends.push(offset + index + line.length);
  }
  return ends;
}
