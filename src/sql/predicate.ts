import type { A_Expr, Node } from "@pgsql/types";
import { replaceAll, shape } from "./expression.ts";
import { type Token, tokensOf } from "./grammar.ts";
import { parseExpression } from "./parse.ts";
import { characterOffsets } from "./position.ts";
import { namesIn } from "./relations.ts";
import { walk, walkExpression } from "./walk.ts";

/** Whether a condition, as the catalog prints it, holds for every row: `true`, `1 = 1`, `not false`, `true or …`. */
export function isAlwaysTrue(condition: string): boolean {
  const parsed = parseExpression(condition);
  return parsed !== undefined && truthOf(parsed) === true;
}

/** Undefined: it depends on the row, or on what only Postgres can say. */
function truthOf(node: Node): boolean | undefined {
  if ("A_Const" in node) return node.A_Const.boolval ? (node.A_Const.boolval.boolval ?? false) : undefined;
  if ("BoolExpr" in node) return combined(node.BoolExpr.boolop, (node.BoolExpr.args ?? []).map(truthOf));
  return "A_Expr" in node && isSelfEqual(node.A_Expr) ? true : undefined;
}

function combined(operator: string | undefined, parts: readonly (boolean | undefined)[]): boolean | undefined {
  const [first] = parts;
  if (operator === "NOT_EXPR") return first === undefined ? undefined : !first;
  const decisive = operator === "OR_EXPR";
  if (parts.includes(decisive)) return decisive;
  return parts.includes(undefined) ? undefined : !decisive;
}

/** A constant that is compared with itself. A column is not: NULL equals nothing. */
const isSelfEqual = ({ name, lexpr, rexpr }: A_Expr) =>
  namesIn(name).at(-1) === "=" &&
  lexpr !== undefined &&
  rexpr !== undefined &&
  "A_Const" in lexpr &&
  !lexpr.A_Const.isnull &&
  shape(lexpr) === shape(rexpr);

export interface Call {
  readonly schema: string | undefined;
  readonly name: string;
  /** No column is among its arguments, so every row asks the same. */
  readonly sameForAllRows: boolean;
}

/** The functions that a condition calls itself; those inside a sub-select are called by that. */
export const callsIn = (condition: string): readonly Call[] => Array.from(locatedCalls(condition), ({ call }) => call);

function* locatedCalls(condition: string): Generator<{ readonly call: Call; readonly start: number }> {
  const parsed = parseExpression(condition);
  if (!parsed) return;
  const character = characterOffsets(`select ${condition}`);
  for (const { kind, node } of walkExpression(parsed)) {
    if (kind !== "FuncCall") continue;
    const names = namesIn(node.funcname);
    const call = { schema: names.at(-2), name: names.at(-1) ?? "", sameForAllRows: !readsColumns(node.args) };
    yield { call, start: character(node.location ?? 0) - "select ".length };
  }
}

/**
 * The same condition with the calls that are meant in a sub-select, which Postgres runs once for the statement. Undefined
 * where it cannot be written so that it is sure to mean the same.
 */
export function withCallsOnce(condition: string, isMeant: (call: Call) => boolean): string | undefined {
  const starts = [...locatedCalls(condition)].filter(({ call }) => isMeant(call)).map(({ start }) => start);
  const tokens = tokensOf(condition);
  const replacements = starts.map((start) => ({ start, end: endOfCall(tokens, start) }));
  const rewritten = replaceAll(
    condition,
    { start: 0, end: condition.length },
    replacements.map(({ start, end }) => ({ start, end, by: `(select ${condition.slice(start, end)})` })),
  );
  return starts.length > 0 && parseExpression(rewritten) && !callsIn(rewritten).some(isMeant) ? rewritten : undefined;
}

/** A condition between parentheses, which most have already that the catalog prints. */
export function parenthesized(condition: string): string {
  const closes = condition.startsWith("(") ? endOfCall(tokensOf(condition), 0) : 0;
  return closes === condition.length ? condition : `(${condition})`;
}

function endOfCall(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (const { text, end } of tokens.filter((token) => token.start >= start)) {
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    if (text === ")" && depth === 0) return end;
  }
  return start;
}

function readsColumns(nodes: unknown): boolean {
  for (const { kind } of walk(nodes)) if (kind === "ColumnRef") return true;
  return false;
}

/** The columns of its own table that a condition compares for equality, outside of sub-selects and of OR. */
export function columnsComparedIn(condition: string): readonly string[] {
  const parsed = parseExpression(condition);
  return parsed ? conjunctsOf(parsed).flatMap(comparedColumn) : [];
}

function conjunctsOf(node: Node): readonly Node[] {
  return "BoolExpr" in node && node.BoolExpr.boolop === "AND_EXPR" ? (node.BoolExpr.args ?? []).flatMap(conjunctsOf) : [node];
}

function comparedColumn(node: Node): readonly string[] {
  if (!("A_Expr" in node) || namesIn(node.A_Expr.name).at(-1) !== "=") return [];
  const { lexpr, rexpr } = node.A_Expr;
  const [column, ...more] = [lexpr, rexpr].flatMap((side) => (side && "ColumnRef" in side ? namesIn(side.ColumnRef.fields).slice(-1) : []));
  return column === undefined || more.length > 0 ? [] : [column];
}

/** The constants of text that a condition names: keys of JSON among them. */
export function textsIn(condition: string): readonly string[] {
  const parsed = parseExpression(condition);
  const texts: string[] = [];
  for (const { kind, node } of walk(parsed)) if (kind === "A_Const" && node.sval?.sval !== undefined) texts.push(node.sval.sval);
  return texts;
}
