import { ToolError } from "../error.ts";
import { loadGrammar, tokensOf } from "./grammar.ts";
import { parseWithPlaceholders, withPlaceholders } from "./placeholders.ts";
import { plannedWithin } from "./planned-within.ts";

/** Postgres 18 writes it in the place of the second and later constants of a list. */
const AND_MORE = "/*, ... */";

/**
 * A statement without a value in it: `pg_stat_statements` keeps comments, and the constants of a statement whose entry was
 * made anew while it ran. What it makes of `interval '1 day'` is no SQL, and is made such again. Undefined for a utility
 * statement that plans nothing, and for a text that is no whole statement.
 */
export async function maskedStatement(text: string): Promise<string | undefined> {
  const { normalizeSync } = await loadGrammar();
  try {
    const [whole, another] = await parseWithPlaceholders(text);
    // An EXPLAIN runs nothing, or is no work of the application.
    const statement = whole && !another && whole.kind !== "ExplainStmt" ? plannedWithin(whole) : undefined;
    return statement && withPlaceholders(normalizeSync(withoutComments(statement.text))).text;
  } catch (error) {
    if (error instanceof ToolError) return;
    throw error;
  }
}

function withoutComments(text: string): string {
  let last = 0;
  const parts = tokensOf(text).map(({ start, end }) => {
    const gap = text.slice(last, start);
    last = end;
    return (/^\s*$/.test(gap) || gap.trim() === AND_MORE ? gap : " ") + text.slice(start, end);
  });
  return parts.join("");
}

/** A number, or a string in any of its spellings; `$1` is none. */
const constant = /^(?:\.?\d|(?:[benx]|u&)?'|\$(?!\d))/i;

/** Any text that was sent, with `?` for each constant and without comments. Undefined for one that has no tokens. */
export async function maskedTokens(text: string): Promise<string | undefined> {
  await loadGrammar();
  let last = 0;
  const parts = tokensOf(text).map((token) => {
    const gap = last === token.start ? "" : " ";
    last = token.end;
    return gap + (constant.test(token.text) ? "?" : token.text);
  });
  return parts.length === 0 ? undefined : parts.join("").trimStart();
}
