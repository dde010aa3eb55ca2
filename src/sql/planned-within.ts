import type { Node } from "@pgsql/types";
import { tokensOf } from "./grammar.ts";
import { parses, type Statement } from "./parse.ts";
import { type Kind, kindOf } from "./walk.ts";

/** What Postgres makes a plan for (`PlannedStmt` but for utility statements in src/backend/tcop/postgres.c). */
const planned: ReadonlySet<Kind> = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

/** The statement itself, or the one that an EXPLAIN, PREPARE, DECLARE, COPY or CREATE … AS is about; undefined where nothing is planned. */
export function plannedWithin(statement: Statement): Statement | undefined {
  if (planned.has(statement.kind)) return statement;
  const tree = queryIn(statement.tree);
  const kind = tree && kindOf(tree);
  const place = kind && placeOf(statement.text);
  if (!tree || !kind || !place) return undefined;
  const { start, end } = place;
  return plannedWithin({
    ...statement,
    text: statement.text.slice(start, end),
    start: statement.start + start,
    end: statement.start + end,
    kind,
    tree,
  });
}

function queryIn(tree: Node): Node | undefined {
  if ("ExplainStmt" in tree) return tree.ExplainStmt.query;
  if ("PrepareStmt" in tree) return tree.PrepareStmt.query;
  if ("DeclareCursorStmt" in tree) return tree.DeclareCursorStmt.query;
  if ("CreateTableAsStmt" in tree) return tree.CreateTableAsStmt.query;
  return "CopyStmt" in tree ? tree.CopyStmt.query : undefined;
}

const starts = /^(?:select|with|values|table|insert|update|delete|merge|create|declare|prepare|\()$/i;

/** The first stretch that is a statement by itself, up to the end, WITH NO DATA or the closing parenthesis. */
function placeOf(text: string): { start: number; end: number } | undefined {
  const tokens = tokensOf(text);
  const last = tokens.at(-1)?.end ?? 0;
  const words = tokens.slice(-3).map((token) => token.text.toLowerCase());
  const data =
    words
      .join(" ")
      .match(/\bwith (?:no )?data$/)?.[0]
      .split(" ").length ?? 0;
  const ends = [last, ...(data > 0 ? [tokens.at(-1 - data)?.end ?? last] : [])];
  for (const [at, { text: word, start }] of tokens.entries()) {
    if (at === 0 || !starts.test(word)) continue;
    const closing = word === "(" ? [closingOf(tokens, at)].flatMap((end) => end ?? []) : [];
    const end = [...ends, ...closing].find((candidate) => parses(text.slice(start, candidate)));
    if (end !== undefined) return { start, end };
  }
  return undefined;
}

function closingOf(tokens: readonly { readonly text: string; readonly end: number }[], from: number): number | undefined {
  let depth = 0;
  for (const { text, end } of tokens.slice(from)) {
    depth += text === "(" ? 1 : text === ")" ? -1 : 0;
    if (depth === 0) return end;
  }
  return undefined;
}
