import { ToolError } from "../error.ts";

/** Characters of which operators are made (`op_chars` in src/backend/parser/scan.l), more than a ruled line has. */
const runs = /[~!@#^&|`?+\-*/%<>=]{101,}/g;

/** Characters that are read again, beside fifty for each of the text: a tenth of a second. */
const AGAIN = 5_000_000;

/**
 * The scanner takes all operator characters that follow one another, gives all but the first back where they are signs or
 * comments, and begins anew: 25,000 empty comments in a row take it a minute.
 */
export function refuseOperatorRuns(text: string, what: string): void {
  let again = 0;
  for (const [run] of text.matchAll(runs)) again += run.length ** 2;
  if (again <= AGAIN + 50 * text.length) return;
  throw new ToolError(
    "too_large",
    `${what} has very long runs of signs or comments without a blank between them. Remove them, or put blanks in.`,
  );
}
