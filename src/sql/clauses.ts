import type { Span } from "../finding.ts";
import { type Token, tokensOf } from "./grammar.ts";
import type { Level, TableShape } from "./level.ts";
import type { Statement } from "./parse.ts";

type Stretch = Pick<Span, "start" | "end">;

/** Where the clauses of one SELECT stand in the source, each without its keyword. */
export interface Clauses {
  /** From SELECT to the end of its last clause. */
  readonly whole: Stretch;
  /** With DISTINCT or ALL. */
  readonly targets: Stretch;
  readonly from: Stretch | undefined;
  readonly where: Stretch | undefined;
  readonly order: Stretch | undefined;
  /** LIMIT, OFFSET, FETCH and locks, keywords included. */
  readonly tail: Stretch | undefined;
  /** ORDER BY and all that follows, keywords included. */
  readonly end: Stretch | undefined;
}

type Clause = "from" | "where" | "group" | "having" | "window" | "order" | "tail";

const keywords: Readonly<Record<string, Clause | "after">> = {
  from: "from",
  where: "where",
  group: "group",
  having: "having",
  window: "window",
  order: "order",
  limit: "tail",
  offset: "tail",
  fetch: "tail",
  for: "tail",
  union: "after",
  intersect: "after",
  except: "after",
};

/** Undefined for what is no plain SELECT with a target, and where the words cannot be told apart. */
export function clausesOf(level: Level<TableShape>, { text, start: offset }: Statement): Clauses | undefined {
  const first = level.targets[0]?.location;
  if (level.kind !== "select" || first === undefined) return undefined;
  const tokens = tokensOf(text);
  const at = selectBefore(tokens, first - offset);
  if (at === undefined) return undefined;
  const { marks, last } = marksAfter(tokens, at);
  const between = (from: number, to: number): Stretch => ({
    start: offset + (tokens[from]?.start ?? 0),
    end: offset + (tokens[to]?.end ?? 0),
  });
  const stretchOf = (clause: Clause): Stretch | undefined => {
    const position = marks.findIndex((mark) => mark.clause === clause);
    const mark = marks[position];
    const words = clause === "tail" ? 0 : clause === "group" || clause === "order" ? 2 : 1;
    return mark && between(mark.from + words, (marks[position + 1]?.from ?? last + 1) - 1);
  };
  const end = marks.find(({ clause }) => clause === "order" || clause === "tail");
  return {
    whole: between(at, last),
    targets: between(at + 1, (marks[0]?.from ?? last + 1) - 1),
    from: stretchOf("from"),
    where: stretchOf("where"),
    order: stretchOf("order"),
    tail: stretchOf("tail"),
    end: end && between(end.from, last),
  };
}

interface Mark {
  readonly clause: Clause;
  /** The place of its first token. */
  readonly from: number;
}

/** Where the clauses start that follow this SELECT, and its last token. */
function marksAfter(tokens: readonly Token[], select: number): { readonly marks: readonly Mark[]; readonly last: number } {
  const marks: Mark[] = [];
  let depth = 0;
  for (let place = select + 1; place < tokens.length; place++) {
    const word = tokens[place]?.text.toLowerCase() ?? "";
    depth += depths[word] ?? 0;
    const clause = depth === 0 && isClause(tokens, place) ? keywords[word] : undefined;
    if (depth < 0 || clause === "after") return { marks, last: place - 1 };
    // LIMIT, OFFSET and locks are one stretch, in whatever order.
    if (clause !== undefined && marks.at(-1)?.clause !== "tail") marks.push({ clause, from: place });
  }
  return { marks, last: tokens.length - 1 };
}

const depths: Readonly<Record<string, number>> = { "(": 1, "[": 1, ")": -1, "]": -1 };

/** The SELECT whose first target starts at this character: only DISTINCT, ALL and parentheses stand between. */
function selectBefore(tokens: readonly Token[], target: number): number | undefined {
  let depth = 0;
  for (let place = tokens.findIndex(({ start }) => start === target) - 1; place >= 0; place--) {
    const word = tokens[place]?.text.toLowerCase();
    depth += word === ")" ? 1 : word === "(" ? -1 : 0;
    if (depth < 0) return undefined;
    if (word === "select" && depth === 0) return place;
  }
  return undefined;
}

/** A reserved word may also be the name after a dot or AS, and FROM belongs to IS DISTINCT FROM. */
function isClause(tokens: readonly Token[], place: number): boolean {
  const [token, before] = [tokens[place], tokens[place - 1]?.text.toLowerCase()];
  return (
    token?.keyword === "RESERVED_KEYWORD" &&
    before !== "." &&
    before !== "as" &&
    !(before === "distinct" && token.text.toLowerCase() === "from")
  );
}
