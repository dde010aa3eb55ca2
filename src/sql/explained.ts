import type { DefElem } from "@pgsql/types";
import { tokensOf } from "./grammar.ts";
import type { Statement } from "./parse.ts";
import { kindOf } from "./walk.ts";

export interface Explained {
  /** What the EXPLAIN is about, or the statement itself if it is none. */
  readonly statement: Statement;
  /** It says ANALYZE, which would run the statement. */
  readonly runs: boolean;
}

/** Takes a leading EXPLAIN off. Its options are forgotten, all but ANALYZE. */
export function explained(statement: Statement): Explained {
  if (!("ExplainStmt" in statement.tree)) return { statement, runs: false };
  const { query, options = [] } = statement.tree.ExplainStmt;
  const kind = query && kindOf(query);
  if (!query || !kind) throw new Error("An EXPLAIN of nothing was parsed.");
  const analyze = options.flatMap((option) => ("DefElem" in option && option.DefElem.defname === "analyze" ? [option.DefElem] : []));
  const skipped = startOfQuery(statement.text, options.length > 0);
  return {
    statement: { ...statement, text: statement.text.slice(skipped), start: statement.start + skipped, kind, tree: query },
    runs: analyze.length > 1 || analyze.some((option) => !isOff(option)),
  };
}

/** Spellings that `defGetBoolean` (src/backend/commands/define.c) reads as false; whatever else is there may be true. */
function isOff({ arg }: DefElem): boolean {
  if (arg && "Integer" in arg) return (arg.Integer.ival ?? 0) === 0;
  return arg !== undefined && "String" in arg && /^(?:off|false)$/i.test(arg.String.sval ?? "");
}

/** Characters up to the first token behind EXPLAIN and its options: a list in parentheses, or the words ANALYZE and VERBOSE. */
function startOfQuery(text: string, hasOptions: boolean): number {
  const tokens = tokensOf(text);
  let next = 1;
  if (hasOptions && tokens[next]?.text === "(") next = afterParenthesis(tokens, next);
  else while (hasOptions && /^(?:analy[sz]e|verbose)$/i.test(tokens[next]?.text ?? "")) next += 1;
  return tokens[next]?.start ?? text.length;
}

function afterParenthesis(tokens: readonly { readonly text: string }[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at]?.text;
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}
