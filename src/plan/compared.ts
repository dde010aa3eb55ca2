import { unquote } from "../sql/quote.ts";

/** What a condition compares with something that is the same for all rows: a column or an expression over columns, as Postgres prints it. */
export interface Compared {
  readonly kind: "column" | "expression";
  /** The name of a column, unquoted; an expression as SQL. */
  readonly text: string;
}

/**
 * Of the comparisons that AND joins in a condition of EXPLAIN. Statistics can be made of each: its operator orders or equals, so
 * that its type has an order. What is compared with other columns, below OR or masked is passed over.
 */
export const comparedIn = (condition: string): readonly Compared[] =>
  condition.length > LONGEST ? [] : conjunctsOf(condition).flatMap(compared);

/** Characters; a longer one is a list of values, or made to keep us busy. */
const LONGEST = 4_000;

const QUOTED = `'(?:[^']|'')*'|"(?:[^"]|"")*"`;

/** Without the parentheses around all of it. */
function bare(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith("(")) return trimmed;
  let depth = 0;
  for (const { 0: part, index } of trimmed.matchAll(new RegExp(`${QUOTED}|[()]`, "g"))) {
    if (part === "(") depth++;
    if (part === ")") depth--;
    if (depth === 0) return index === trimmed.length - 1 ? bare(trimmed.slice(1, -1)) : trimmed;
  }
  return trimmed;
}

/** Split at what stands outside of parentheses and quotes. */
function splitAt(text: string, separator: RegExp): readonly string[] {
  const parts: string[] = [];
  let [start, depth] = [0, 0];
  for (const { 0: part, index } of text.matchAll(new RegExp(`${QUOTED}|[([]|[)\\]]|${separator.source}`, "g"))) {
    if (part === "(" || part === "[") depth++;
    else if (part === ")" || part === "]") depth--;
    else if (depth === 0 && new RegExp(`^(?:${separator.source})$`).test(part)) {
      parts.push(text.slice(start, index));
      start = index + part.length;
    }
  }
  return [...parts, text.slice(start)];
}

const conjunctsOf = (condition: string): readonly string[] => {
  const parts = splitAt(bare(condition), / AND /);
  return parts.length === 1 ? parts : parts.flatMap(conjunctsOf);
};

const OPERATORS = / (?:=|<>|<=|>=|<|>) /;
const NULLS = / IS (?:NOT )?NULL$/;

function compared(conjunct: string): readonly Compared[] {
  const text = bare(conjunct);
  const sides = NULLS.test(text) ? [text.replace(NULLS, "")] : splitAt(text, OPERATORS);
  if (sides.length > 2 || (sides.length === 1 && !NULLS.test(text)) || splitAt(text, / OR /).length > 1) return [];
  const [side, ...others] = sides.map(bare).filter((side) => columnsIn(side).length > 0);
  return side === undefined || others.length > 0 || text.includes("…") || text.includes("SubPlan") || /\bInitPlan\b|\$\d/.test(side)
    ? []
    : [item(side)];
}

const NAME = `(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_$]*)`;
const CAST = /::(?:"[^"]*"|[a-z_][a-z_ .0-9]*)(?:\(\d+(?:,\d+)?\))?(?:\[\])*/g;
const COLUMN = new RegExp(String.raw`(?<![\w."$])(?:${NAME}\.)?${NAME}(?![\w(.$"])`, "g");

/** Keywords are printed in capitals but for these. */
const columnsIn = (text: string): readonly string[] =>
  (
    text
      .replaceAll(/'(?:[^']|'')*'/g, "''")
      .replaceAll(CAST, "")
      .replaceAll(/ COLLATE \S+/g, "")
      .match(COLUMN) ?? []
  ).filter((name) => !/^(?:true|false)$/.test(name));

/** Casts between types of text cost nothing and are no expression to the planner. */
const OF_TEXT = /^\((.*)\)::(?:text|character varying|bpchar)$/;

function item(side: string): Compared {
  const column = OF_TEXT.exec(side)?.[1] ?? side;
  const name = columnIn(column)?.name;
  return name === undefined ? { kind: "expression", text: withoutAliases(side) } : { kind: "column", text: name };
}

/** A column as it is printed, `status` or `o.status`; undefined for any other expression. */
export function columnIn(text: string): { readonly alias: string | undefined; readonly name: string } | undefined {
  const [, alias, name] = new RegExp(`^(?:(${NAME})\\.)?(${NAME})$`).exec(text) ?? [];
  return name === undefined ? undefined : { alias: alias && unquote(alias), name: unquote(name) };
}

/** A column of the table that the statistics are made of stands bare. */
const withoutAliases = (expression: string) =>
  expression.replaceAll(new RegExp(`'(?:[^']|'')*'|(?<![\\w."$])${NAME}\\.(?=${NAME}(?![\\w(.$"]))`, "g"), (part) =>
    part.startsWith("'") ? part : "",
  );
