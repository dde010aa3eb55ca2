import type { ColumnRef, Node } from "@pgsql/types";
import type { Span } from "../finding.ts";
import { type Token, tokensOf } from "./grammar.ts";
import { parseExpression, parseFromItem, type Statement } from "./parse.ts";
import { spanOf } from "./position.ts";
import { quote } from "./quote.ts";
import { endOfName, namesIn } from "./relations.ts";
import { walk, walkExpression } from "./walk.ts";

/**
 * Where a node stands in the caller's text. The tree has only starts (of an operator, the operator's), so the
 * end is found by asking the parser: the shortest stretch around the node's tokens that is read as the same node.
 */
export function spanOfNode(node: Node, statement: Statement): Span | undefined {
  const located = locationsIn(node);
  if (located.length === 0) return undefined;
  const { source, text, start: offset } = statement;
  const tokens = tokensIn(statement);
  const first = tokenAt(tokens, Math.min(...located) - offset);
  const last = tokenAt(tokens, Math.max(...located) - offset);
  const [from, to] = stretch(node, text, tokens, first, last) ?? [tokens[first]?.start ?? 0, tokens[last]?.end ?? 0];
  return spanOf(source, offset + from, offset + to);
}

const scanned = new WeakMap<Statement, readonly Token[]>();

function tokensIn(statement: Statement): readonly Token[] {
  const tokens = scanned.get(statement) ?? tokensOf(statement.text);
  scanned.set(statement, tokens);
  return tokens;
}

function locationsIn(node: Node): number[] {
  const located: number[] = [];
  for (const { node: inner } of walk(node)) {
    if ("location" in inner && typeof inner.location === "number" && inner.location >= 0) located.push(inner.location);
  }
  return located;
}

/** The last that starts at or before the character, or else the first. */
function tokenAt(tokens: readonly Token[], character: number): number {
  let [from, to] = [0, tokens.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((tokens[middle]?.start ?? 0) <= character) from = middle;
    else to = middle;
  }
  return from;
}

/** What may stand after the last located thing: the words of a type, closing parentheses, IS NOT NULL. */
const LONGEST_TAIL = 40;

function stretch(node: Node, text: string, tokens: readonly Token[], first: number, last: number): readonly [number, number] | undefined {
  const parse = isFromItem(node) ? parseFromItem : parseExpression;
  for (let from = first; from >= 0 && (from === first || isBefore(tokens[from])); from--) {
    for (let to = last; to < Math.min(tokens.length, last + LONGEST_TAIL); to++) {
      const [start, end] = [tokens[from]?.start ?? 0, tokens[to]?.end ?? 0];
      if (!isBalanced(tokens.slice(from, to + 1))) continue;
      const parsed = parse(text.slice(start, end));
      if (parsed && same(parsed, node)) return [start, end];
    }
  }
  return undefined;
}

const fromItems = ["RangeVar", "RangeSubselect", "RangeFunction", "RangeTableSample", "JoinExpr"];
const isFromItem = (node: Node) => fromItems.some((kind) => kind in node);

/** Parentheses have no node of their own, and these words have no place. */
const unplaced = new Set("( lateral only from rows select distinct all values table with recursive".split(" "));
const isBefore = (token: Token | undefined) => token !== undefined && unplaced.has(token.text.toLowerCase());

function isBalanced(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (const { text } of tokens) {
    if (text === "(" || text === "[") depth++;
    if (text === ")" || text === "]") depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Whether two trees are the same but for where they stand. */
const same = (one: unknown, other: unknown): boolean => shape(one) === shape(other);

/** A tree as text without places, to compare or to count by. */
export const shape = (tree: unknown): string => JSON.stringify(tree, (key, value) => (places.has(key) ? undefined : value));

/** The same with every constant and parameter as good as any other. */
export const shapeWithoutValues = (tree: unknown): string =>
  JSON.stringify(tree, (key, value) => (places.has(key) ? undefined : values.has(key) ? null : value));

const values = new Set(["A_Const", "ParamRef"]);

const places = new Set(["location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end", "name_location"]);

/**
 * Whether an index key, as the catalog prints it, is this expression. The catalog writes out what Postgres
 * inferred, `lower((email)::text)` for `lower(email)`, so casts to text and of constants do not count, and
 * neither do the qualifiers of columns and built-in functions.
 */
export function isKey(expression: Node, key: string): boolean {
  const parsed = parseExpression(key);
  return parsed !== undefined && shape(normalize(parsed)) === shape(normalize(expression));
}

const textTypes = new Set(["text", "varchar", "bpchar"]);

function normalize(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(normalize);
  if (typeof tree !== "object" || tree === null) return tree;
  const node = tree as Node;
  if ("TypeCast" in node && isSilentCast(node)) return normalize(node.TypeCast.arg);
  if ("ColumnRef" in node) return { ColumnRef: namesIn(node.ColumnRef.fields).at(-1) };
  if ("FuncCall" in node) return { FuncCall: namesIn(node.FuncCall.funcname).at(-1), args: normalize(node.FuncCall.args) };
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, normalize(value)]));
}

const isSilentCast = ({ TypeCast: { arg, typeName } }: Extract<Node, { TypeCast: unknown }>) =>
  arg !== undefined && ("A_Const" in arg || textTypes.has(namesIn(typeName?.names).at(-1) ?? ""));

/** The caller's own words for a node, with the qualifiers of its columns taken off: what an index on the table would say. */
export function unqualifiedText(node: Node, statement: Statement): string | undefined {
  const span = spanOfNode(node, statement);
  if (!span) return undefined;
  const columns: ColumnRef[] = [];
  for (const { kind, node: inner } of walkExpression(node)) if (kind === "ColumnRef") columns.push(inner);
  return replaceAll(
    statement.source,
    span,
    columns.map(({ fields, location: start = 0 }) => ({
      start,
      end: endOfName(statement.source, start),
      by: quote(namesIn(fields).at(-1) ?? ""),
    })),
  );
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/** A stretch of a text with some of its parts replaced. */
export function replaceAll(source: string, { start, end }: Pick<Span, "start" | "end">, replacements: readonly Replacement[]): string {
  const ordered = [...replacements].sort((a, b) => a.start - b.start);
  const parts = ordered.map((part, index) => source.slice(ordered[index - 1]?.end ?? start, part.start) + part.by);
  return parts.join("") + source.slice(ordered.at(-1)?.end ?? start, end);
}
