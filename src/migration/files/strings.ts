import { type Token, tokensOf } from "../../sql/grammar.ts";
import { literal, quote } from "../../sql/quote.ts";

/** The text of a string constant, and where each of its characters stands in what was scanned. */
export interface Fixed {
  readonly text: string;
  /** One for each character of `text`, and the place after the last. */
  readonly places: readonly number[];
}

/** What a string expression is: fixed, or only its beginning is known. */
export type StringValue = { readonly kind: "fixed"; readonly value: Fixed } | { readonly kind: "dynamic"; readonly begins: string };

const dollarQuote = /^\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/u;

/** Undefined for what is no string constant, or one with escapes beyond `''` and `\'`. */
export function fixedString({ text, start }: Pick<Token, "text" | "start">): Fixed | undefined {
  const [dollar] = dollarQuote.exec(text) ?? [];
  if (dollar !== undefined) return slice(text, start, dollar.length, text.length - dollar.length);
  if (text.startsWith("'")) return unescaped(text, start, 1);
  if (!/^e'/i.test(text)) return undefined;
  return /\\[^'\\]/.test(text) ? undefined : unescaped(text, start, 2);
}

function slice(text: string, start: number, from: number, to: number): Fixed {
  return { text: text.slice(from, to), places: Array.from({ length: to - from + 1 }, (_, at) => start + from + at) };
}

/** Up to the last quote. Parts on several lines are one constant: they are told as unread, which is rare. */
function unescaped(text: string, start: number, from: number): Fixed | undefined {
  const characters: string[] = [];
  const places: number[] = [];
  const isEscape = from === 2;
  for (let at = from; at < text.length - 1; at++) {
    const pair = text.slice(at, at + 2);
    if (text[at] === "'" && pair !== "''") return undefined;
    places.push(start + at);
    if (pair === "''" || (isEscape && (pair === "\\\\" || pair === "\\'"))) at += 1;
    characters.push(text[at] ?? "");
  }
  return { text: characters.join(""), places: [...places, start + text.length - 1] };
}

/**
 * What a string expression comes to, as far as its text decides: constants, `||` between them, and `format()` of constants
 * only. `offset` is added to all places.
 */
export function stringValue(expression: string, offset: number): StringValue {
  const tokens = tokensOf(expression).map((token) => ({ ...token, start: token.start + offset, end: token.end + offset }));
  const reading: Reading = { tokens: withoutTypes(tokens), at: 0 };
  const parts: Fixed[] = [];
  for (;;) {
    const part = term(reading);
    if (!part) break;
    parts.push(part);
    if (reading.at === reading.tokens.length) return { kind: "fixed", value: joined(parts) };
    if (reading.tokens[reading.at]?.text !== "||") break;
    reading.at += 1;
  }
  return { kind: "dynamic", begins: parts.length > 0 ? joined(parts).text : beginningOf(reading) };
}

interface Reading {
  readonly tokens: readonly Token[];
  at: number;
}

/** `'…'::text` is `'…'`. */
const withoutTypes = (tokens: readonly Token[]): readonly Token[] =>
  tokens.filter((token, at) => {
    const isType = tokens[at - 1]?.text === "::" && /^(?:text|varchar)$/i.test(token.text);
    return !isType && !(token.text === "::" && /^(?:text|varchar)$/i.test(tokens[at + 1]?.text ?? ""));
  });

function term(reading: Reading): Fixed | undefined {
  const token = reading.tokens[reading.at];
  if (!token) return undefined;
  const value = fixedString(token) ?? (/^format$/i.test(token.text) ? formatted(reading) : undefined);
  if (value) reading.at += 1;
  return value;
}

/** Of a `format()` with other than constants: the text before its first place to fill. */
function beginningOf({ tokens, at }: Reading): string {
  const [name, , template] = tokens.slice(at);
  const fixed = /^format$/i.test(name?.text ?? "") && template ? fixedString(template) : undefined;
  return fixed ? (fixed.text.split("%")[0] ?? "") : "";
}

const joined = (parts: readonly Fixed[]): Fixed => ({
  text: parts.map(({ text }) => text).join(""),
  places: [...parts.flatMap(({ text, places }) => places.slice(0, text.length)), parts.at(-1)?.places.at(-1) ?? 0],
});

/** Ends at the closing parenthesis of the call, if all that is in it is constant. */
function formatted(reading: Reading): Fixed | undefined {
  const { tokens, at } = reading;
  const close = tokens.findIndex((token, index) => index > at && token.text === ")");
  const [template, ...values] = tokens.slice(at + 2, close).filter((_, index) => index % 2 === 0);
  const commas = tokens.slice(at + 2, close).filter((_, index) => index % 2 === 1);
  if (tokens[at + 1]?.text !== "(" || !template || close < 0 || commas.some(({ text }) => text !== ",")) return undefined;
  const fixed = fixedString(template);
  const filling = values.map((token) => fixedString(token)?.text ?? (/^\d+$/.test(token.text) ? token.text : undefined));
  const filled = fixed && filledIn(fixed, filling);
  if (filled) reading.at = close;
  return filled;
}

/** https://www.postgresql.org/docs/current/functions-string.html#FUNCTIONS-STRING-FORMAT, without widths. */
function filledIn({ text, places }: Fixed, values: readonly (string | undefined)[]): Fixed | undefined {
  const parts: Fixed[] = [];
  let [last, next] = [0, 0];
  for (const { 0: mark, 1: number, 2: kind = "", index } of text.matchAll(/%(?:(\d+)\$)?([sIL%]|)/g)) {
    if (number !== undefined) next = Number(number) - 1;
    const written = inPlaceOf(kind, values[next]);
    if (written === undefined) return undefined;
    if (kind !== "%") next += 1;
    parts.push({ text: text.slice(last, index), places: places.slice(last, index + 1) });
    parts.push({ text: written, places: Array.from({ length: written.length + 1 }, () => places[index] ?? 0) });
    last = index + mark.length;
  }
  return joined([...parts, { text: text.slice(last), places: places.slice(last) }]);
}

function inPlaceOf(kind: string, value: string | undefined): string | undefined {
  if (kind === "%") return "%";
  if (value === undefined || kind === "") return undefined;
  if (kind === "I") return quote(value);
  return kind === "L" ? literal(value) : value;
}
