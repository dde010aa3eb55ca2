import type { Token } from "./grammar.ts";

/** A token, or a part of one, or several that are one placeholder. */
export interface Atom extends Token {
  /** Of a placeholder. */
  readonly style?: Style;
}

/** How a driver marks a parameter. The last two stand for one parameter each time, the others for the same by the same name. */
export type Style = "$1" | ":name" | "@name" | "%(name)s" | "{name}" | "?1" | "?" | "%s";

const operator = /^[~!@#^&|`?+\-*/%<>=]+$/;
const word = /^(?:[\p{L}_]|")/u;
const number = /^\.?\d/;
const string = /'$/;

/** Operators that a placeholder may stand behind without a blank. */
const plain = new Set("= < > <= >= <> != + - * / % || ~ ~* !~ !~* ~~ ~~* @> && -> ->> #> #>> @@ ,".split(" "));

/** That end in the sign of a placeholder, and are operators all the same. */
const whole = new Set(["<@", "@@", "<%"]);

/** Those of jsonb, hstore and geometry that start with `?`, the longest first; `??` is how JDBC writes `?`. */
const questions = ["@?", "?-|", "?||", "??|", "??&", "?|", "?&", "??", "?#", "?-", "?"];

/** What a clause goes on with: a value follows. */
const beforeValue = new Set("by escape zone first next rows range groups between like ilike similar overlaps is".split(" "));
const reservedValues = new Set(
  "null true false end default user asc desc current_date current_time current_timestamp current_user current_role current_catalog localtime localtimestamp session_user".split(
    " ",
  ),
);
const reservedStarts = new Set("null true false case cast array not any all some current_date current_timestamp localtimestamp".split(" "));
/** What goes on behind a value, though Postgres takes them as names elsewhere. */
const afterValue = new Set("between escape rows row preceding following nulls filter over at day month year hour minute second".split(" "));

/** Whether question marks can be operators where they stand: to Postgres `=?` is one, too, which nobody has. */
export const hasKnownOperators = (tokens: readonly Token[]): boolean =>
  tokens.every(({ text }) => !operator.test(text) || !text.includes("?") || questions.includes(text));

const isReserved = ({ keyword }: Token) => keyword === "RESERVED_KEYWORD";

/** Whether a value is complete behind this token, so that an operator, and no value, may follow. */
export function endsValue(atom: Atom | undefined): boolean {
  if (!atom) return false;
  if (atom.style || atom.text === ")" || atom.text === "]") return true;
  if (string.test(atom.text) || number.test(atom.text) || /^\$.*\$$/s.test(atom.text)) return true;
  if (!word.test(atom.text)) return false;
  const written = atom.text.toLowerCase();
  return isReserved(atom) ? reservedValues.has(written) : !beforeValue.has(written);
}

function startsValue(token: Token | undefined): boolean {
  if (!token) return false;
  const written = token.text.toLowerCase();
  if (!word.test(written) || string.test(written)) return string.test(written) || number.test(written) || /^[$(:?%@]/.test(written);
  if (isReserved(token)) return reservedStarts.has(written);
  return token.keyword !== "TYPE_FUNC_NAME_KEYWORD" && !afterValue.has(written);
}

/** What `tokens` stand for, each placeholder in one piece. */
export function atomsOf(source: string, tokens: readonly Token[]): readonly Atom[] {
  const left = [...tokens].reverse();
  const atoms: Atom[] = [];
  const brackets: Bracket[] = [];
  for (let token = left.pop(); token; token = left.pop()) {
    const previous = atoms.at(-1);
    const cut = cutOf(token, left.at(-1), endsValue(previous));
    const found = cut === 0 ? placeholderAt({ token, following: left, previous, inside: brackets.at(-1) }) : undefined;
    if (cut > 0) left.push(part(token, cut, token.text.length), part(token, 0, cut));
    else if (found) {
      left.length -= found.tokens - 1;
      atoms.push({ ...token, text: source.slice(token.start, found.end), end: found.end, style: found.style });
    } else {
      bracket(brackets, token, previous);
      atoms.push(token);
    }
  }
  return atoms;
}

type Bracket = "(" | "subscript" | "array";

function bracket(open: Bracket[], { text }: Token, previous: Atom | undefined): void {
  if (text === "[") open.push(endsValue(previous) && previous?.text.toLowerCase() !== "array" ? "subscript" : "array");
  else if (text === "(") open.push("(");
  else if (text === ")" || text === "]") open.pop();
}

const part = ({ text, start, keyword }: Token, from: number, to: number): Token => ({
  text: text.slice(from, to),
  start: start + from,
  end: start + to,
  keyword,
});

/** Operator signs that follow each other are one token, in which a placeholder may hide: where to cut, or 0. */
function cutOf({ text, end }: Token, next: Token | undefined, afterAValue: boolean): number {
  if (text.length === 1 || !operator.test(text)) return 0;
  if (text.includes("?")) return afterAValue ? cutBehindValue(text) : cutBeforeValue(text);
  const begins = { "@": word, "%": /^(?:[sbt]$|\()/, "#": /^\{/ }[text.at(-1) ?? ""];
  const isMark = next?.start === end && begins?.test(next.text) === true;
  return isMark && plain.has(text.slice(0, -1)) && !whole.has(text) ? text.length - 1 : 0;
}

function cutBeforeValue(text: string): number {
  const at = text.indexOf("?");
  return at === 0 ? 1 : /^[-+~@]+$/.test(text.slice(0, at)) ? at : 0;
}

function cutBehindValue(text: string): number {
  const at = text.indexOf("?");
  const known = questions.find((candidate) => text.startsWith(candidate)) ?? text.slice(0, at);
  if (at > 0 && !text.startsWith("@?")) return plain.has(known) || plain.has(known.replace(/[-+]$/, "")) ? at : 0;
  return text[known.length] === "?" ? known.length : 0;
}

interface Place {
  readonly token: Token;
  /** The next one last. */
  readonly following: readonly Token[];
  readonly previous: Atom | undefined;
  readonly inside: Bracket | undefined;
}

interface Found {
  readonly style: Style;
  readonly end: number;
  /** That it takes. */
  readonly tokens: number;
}

function placeholderAt(place: Place): Found | undefined {
  const { text, end } = place.token;
  return /^\$\d+$/.test(text) ? { style: "$1", end, tokens: 1 } : marks.get(text)?.(place);
}

const marks: ReadonlyMap<string, (place: Place) => Found | undefined> = new Map([
  ["?", questionAt],
  [":", colonAt],
  ["@", atSignAt],
  ["%", percentAt],
  ["$", templateAt],
  ["#", templateAt],
]);

function adjacentTo({ token, following }: Place): Token | undefined {
  const next = following.at(-1);
  return next?.start === token.end ? next : undefined;
}

function questionAt(place: Place): Found | undefined {
  const { token, following, previous } = place;
  if (endsValue(previous) && startsValue(following.at(-1))) return undefined;
  const number = adjacentTo(place);
  return number && /^\d+$/.test(number.text) ? { style: "?1", end: number.end, tokens: 2 } : { style: "?", end: token.end, tokens: 1 };
}

/** Not in `a[1:n]`, nor in `a[:n]`. */
function colonAt(place: Place): Found | undefined {
  const { previous, inside } = place;
  const name = adjacentTo(place);
  const isSlice = inside === "subscript" && previous?.text === "[";
  if (!name || isSlice || (endsValue(previous) && !isTypeName(previous))) return undefined;
  return word.test(name.text) || /^\d+$|^'/.test(name.text) ? { style: ":name", end: name.end, tokens: 2 } : undefined;
}

/** With a blank behind it, `@` takes the absolute value. */
function atSignAt(place: Place): Found | undefined {
  const name = adjacentTo(place);
  const isFree = !endsValue(place.previous) || isTypeName(place.previous);
  return name && isFree && word.test(name.text) ? { style: "@name", end: name.end, tokens: 2 } : undefined;
}

const isTypeName = (atom: Atom | undefined) => /^(?:interval|date|time|timestamp|timestamptz)$/i.test(atom?.text ?? "");

/** `%s`, or `%(name)s`; the letter says how psycopg sends it. Behind a value, `%` is the remainder. */
function percentAt({ token, following, previous }: Place): Found | undefined {
  const [letter, name, close, last] = [1, 2, 3, 4].map((distance) => following.at(-distance));
  if (letter?.start !== token.end || (endsValue(previous) && !isTypeName(previous))) return undefined;
  if (isFormat(letter)) return { style: "%s", end: letter.end, tokens: 2 };
  const isNamed = letter.text === "(" && name && close?.text === ")" && last?.start === close.end && isFormat(last);
  return isNamed ? { style: "%(name)s", end: last.end, tokens: 5 } : undefined;
}

const isFormat = ({ text }: Token) => /^[sbt]$/.test(text);

/** `${name}` of JavaScript and `#{name}` of MyBatis, up to the brace that closes it. */
function templateAt(place: Place): Found | undefined {
  const { following, previous } = place;
  if (endsValue(previous) || adjacentTo(place)?.text !== "{") return undefined;
  let depth = 0;
  for (let distance = 1; distance <= following.length; distance += 1) {
    const token = following.at(-distance);
    depth += token?.text === "{" ? 1 : token?.text === "}" ? -1 : 0;
    if (token && depth === 0) return { style: "{name}", end: token.end, tokens: distance + 1 };
  }
  return undefined;
}
