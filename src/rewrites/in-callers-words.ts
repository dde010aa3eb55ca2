import { replaceAll } from "../sql/expression.ts";
import { type Token, tokensOf } from "../sql/grammar.ts";
import type { Statement } from "../sql/parse.ts";
import { walk } from "../sql/walk.ts";
import { asWritten, type WithPlaceholders } from "../sql/written-text.ts";
import type { Draft } from "./rewrite.ts";

/** What a caller is told of a draft: his own placeholders in it, and what he has to do otherwise. */
interface Told {
  readonly sql: string;
  readonly holdsIf?: string;
  readonly contract?: string;
}

/** `$1` is what we made of another driver's placeholder: it becomes again what the caller wrote. */
export function inCallersWords({ sql, holdsIf, contract, sends = [] }: Draft, statement: Statement): Told {
  const { written } = statement;
  const told = (sentence: string) => (written ? asWritten(sentence, written) : sentence);
  const meaning = new Map(sends.map(({ number, what }) => [number, what]));
  const used = tokensOf(sql).flatMap(({ text }) => numberIn(text) ?? []);
  const style = written && styleOf(written);
  const order = style?.isBoundInOrder && used.some((number, at) => number !== at + 1 || meaning.has(number)) ? used : [];
  const bound = order.map((number) => meaning.get(number) ?? told(`$${number}`)).join(", ");
  const contracts = [...(contract === undefined ? [] : [contract]), ...(bound === "" ? [] : [`Values are bound in this order: ${bound}.`])];
  return {
    sql: style ? withPlaceholders(sql, style, statement) : sql,
    ...(holdsIf !== undefined && { holdsIf: told(holdsIf) }),
    ...(contracts.length > 0 && { contract: contracts.join(" ") }),
  };
}

interface Style extends WithPlaceholders {
  /** Placeholders have no name: the first value is that of the first. */
  readonly isBoundInOrder: boolean;
  /** How one is written that the caller has not. */
  readonly another: (number: number) => string;
  /** The driver takes these operators when they are written twice. */
  readonly doubled: RegExp;
}

const numberIn = (token: string): number | undefined => (/^\$\d+$/.test(token) ? Number(token.slice(1)) : undefined);

/** "? number 2" of {@link WithPlaceholders} is written `?`. */
const shownAs = (name: string) => /^(\?|%s)(?: number \d+)?$/.exec(name)?.[1] ?? name;

function styleOf(written: WithPlaceholders): Style {
  const [name = ""] = written.names;
  const shown = shownAs(name);
  const [, before = "$", after = ""] = /^(:|@|%\()\w*(\)s)?$/.exec(shown) ?? [];
  const isBoundInOrder = shown === "?" || shown === "%s";
  return {
    ...written,
    isBoundInOrder,
    another: (number) => (isBoundInOrder ? shown : before === "$" ? `$${number}` : `${before}last_${number}${after}`),
    doubled: written.source.includes("??") ? /^\?[|&]?$/ : written.source.includes("%%") ? /^%$/ : /^$/,
  };
}

function withPlaceholders(sql: string, style: Style, statement: Statement): string {
  const bare = bareIn(style, statement);
  const tokens = tokensOf(sql);
  const edits = tokens.map(({ text, start, end }, at) => {
    const isParenthesis = [at - 1, at + 1].some((beside) => isListOf(tokens, beside, bare));
    return { start, end, by: isParenthesis ? "" : asShown(text, style) };
  });
  return replaceAll(sql, { start: 0, end: sql.length }, edits);
}

function asShown(token: string, { names, another, doubled }: Style): string {
  const number = numberIn(token);
  if (number === undefined) return doubled.test(token) ? token.slice(0, 1) + token : token;
  const name = names[number - 1];
  return name === undefined ? another(number) : shownAs(name);
}

/** Parameters that the caller wrote behind IN without parentheses. */
function bareIn({ positionOf, source }: Style, { tree }: Statement): ReadonlySet<number> {
  const numbers = [...walk(tree)].flatMap(({ kind, node }) =>
    kind === "ParamRef" && /\bin\s*$/i.test(source.slice(0, positionOf(node.location ?? 0))) ? [node.number ?? 0] : [],
  );
  return new Set(numbers);
}

/** Whether a placeholder stands alone in the parentheses behind IN, which its driver writes itself. */
const isListOf = (tokens: readonly Token[], at: number, bare: ReadonlySet<number>): boolean => {
  const words = [-2, -1, 1].map((distance) => tokens[at + distance]?.text.toLowerCase());
  return bare.has(numberIn(tokens[at]?.text ?? "") ?? -1) && words.join(" ") === "in ( )";
};
