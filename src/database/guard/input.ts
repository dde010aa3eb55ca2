import { tokensOf } from "../../sql/grammar.ts";
import { refuseUnreadable } from "../../sql/parse.ts";
import { refused } from "./refused.ts";

const TOKENS = 20_000;
const NESTING = 200;

/**
 * What is asked of a text before it is parsed, besides what every text that is parsed must be: at most 100 kB without
 * NUL, and no chain of operators beyond 1,000 (`src/sql/parse.ts`). A long list that the twin takes is refused here,
 * because the time that a server takes for it is somebody else's.
 */
export async function refuseLarge(sql: string): Promise<void> {
  await refuseUnreadable(sql);
  const tokens = tokensOf(sql);
  if (tokens.length > TOKENS) {
    throw refused(
      "input",
      `it has ${tokens.length} tokens, and at most ${TOKENS} are sent`,
      "Pass long lists as one array parameter, = ANY($1).",
    );
  }
  const nesting = nestingOf(tokens.map(({ text }) => text.toLowerCase()));
  if (nesting > NESTING)
    throw refused("input", `it is nested ${nesting} levels deep, and at most ${NESTING} are sent`, "Break it into parts.");
}

function nestingOf(tokens: readonly string[]): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    if (token === "(" || token === "[" || token === "case") depth += 1;
    if (token === ")" || token === "]" || token === "end") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
