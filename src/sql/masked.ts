import { ToolError } from "../error.ts";
import { loadGrammar, tokensOf } from "./grammar.ts";
import { parseStatements } from "./parse.ts";

/** What is planned: everything else that `pg_stat_statements` counts is a utility statement. */
const planned: readonly string[] = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

/** Postgres 18 writes it in the place of the second and later constants of a list. */
const AND_MORE = "/*, ... */";

/**
 * A statement without a value in it: `pg_stat_statements` keeps comments, and the constants of a statement whose entry was
 * made anew while it ran. Undefined for a utility statement, and for a text that is no whole statement.
 */
export async function maskedStatement(text: string): Promise<string | undefined> {
  const { normalizeSync } = await loadGrammar();
  try {
    const [statement, another] = await parseStatements(text);
    if (!statement || another || !planned.includes(statement.kind)) return;
    return normalizeSync(withoutComments(statement.text));
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
