import type { DefElem, Node } from "@pgsql/types";
import { tokensOf } from "../../sql/grammar.ts";
import type { Statement } from "../../sql/parse.ts";
import { type Piece, parsePieces } from "./pieces.ts";
import { type Around, type BodyPart, readBody } from "./plpgsql.ts";
import type { Stretch } from "./sections.ts";
import { type Fixed, fixedString, stringValue } from "./strings.ts";

export interface InnerStatement {
  /** Its places are those of the file, but where its text was put together from parts. */
  readonly statement: Statement;
  /** Where it stands in the file, from its first character to its last; between may be what is not of it, such as `||`. */
  readonly written: Stretch;
  readonly around: readonly Around[];
  readonly isExecuted: boolean;
}

/** An `EXECUTE` of a text that is known only when it runs. */
export interface Dynamic extends Stretch {
  readonly around: readonly Around[];
  /** What the text begins with, as far as it is fixed: "ALTER TABLE ". */
  readonly begins: string;
}

export interface Body {
  readonly runs: "with the migration" | "when called";
  readonly statements: readonly InnerStatement[];
  readonly dynamic: readonly Dynamic[];
  /** What could not be read, and why. */
  readonly unread: readonly (Stretch & { readonly why: string })[];
}

/** What is in a `DO` block or a function; undefined for other statements, and for a body that Postgres's own parser has read. */
export async function bodyOf(statement: Statement): Promise<Body | undefined> {
  const found = definitionIn(statement.tree);
  if (!found) return undefined;
  const { runs, language, location } = found;
  const token = tokensOf(statement.text).find(({ start, text }) => statement.start + start >= location && /^(?:e?'|\$)/i.test(text));
  if (!token) return undefined;
  const stretch = { start: statement.start + token.start, end: statement.start + token.end };
  const fixed = fixedString({ text: token.text, start: stretch.start });
  const unread = (why: string): Body => ({ runs, statements: [], dynamic: [], unread: [{ ...stretch, why }] });
  if (!fixed) return unread("the body is a string with escapes");
  if (language === "sql") return { runs, ...(await readParts([wholeOf(fixed)], fixed, statement)) };
  if (language !== "plpgsql") return unread(`the body is in ${language}`);
  const parts = await readBody(withoutTypesOfTables(statement.text, token.start));
  return typeof parts === "string" ? unread(parts) : { runs, ...(await readParts(located(parts, fixed.text), fixed, statement)) };
}

/** The parser knows no table: it takes a column's type in a body, but not in the list of parameters, and a row's type nowhere. */
const withoutTypesOfTables = (statement: string, body: number): string =>
  statement.slice(0, body).replaceAll(typeOf("type"), "text") + statement.slice(body).replaceAll(typeOf("rowtype"), "record");

/** Of bounded length, so that a long text without any takes no time. */
const part = String.raw`(?:"[^"]{1,63}"|[\p{L}\p{N}_]{1,63})`;
const typeOf = (kind: string) => new RegExp(String.raw`(?<![\p{L}\p{N}_."])${part}(?:\.${part}){0,2}\s{0,9}%\s{0,9}${kind}\b`, "giu");

interface Definition {
  readonly runs: Body["runs"];
  readonly language: string;
  /** Of the file: the body is the first string constant from here. */
  readonly location: number;
}

function definitionIn(tree: Node): Definition | undefined {
  if ("DoStmt" in tree) return definition(tree.DoStmt.args, "with the migration");
  return "CreateFunctionStmt" in tree ? definition(tree.CreateFunctionStmt.options, "when called") : undefined;
}

function definition(options: readonly Node[] | undefined, runs: Body["runs"]): Definition | undefined {
  const option = (name: string) =>
    options?.map((node) => ("DefElem" in node ? node.DefElem : undefined)).find((def) => def?.defname === name);
  const body = option("as");
  const language = stringOf(option("language")) ?? "plpgsql";
  if (!body || language === "c" || language === "internal") return undefined;
  return { runs, language: language.toLowerCase(), location: body.location ?? 0 };
}

const stringOf = (def: DefElem | undefined) => (def?.arg && "String" in def.arg ? def.arg.String.sval : undefined);

interface Located extends Pick<BodyPart, "kind" | "around" | "query"> {
  /** Of the body; undefined where the text was not found in it. */
  readonly at: number | undefined;
}

const wholeOf = ({ text }: Fixed): Located => ({ kind: "sql", around: [], query: text, at: 0 });

/** The parser tells the line of a statement, and its text: the first such text at a word from there on is the statement. */
function located(parts: readonly BodyPart[], body: string): readonly Located[] {
  const tokens = tokensOf(body);
  const lines = [0, ...Array.from(body.matchAll(/\n/g), ({ index }) => index + 1)];
  let next = 0;
  return parts.map((part) => {
    while ((tokens[next]?.start ?? body.length) < (lines[part.line - 1] ?? 0)) next += 1;
    let found = next;
    while (found < tokens.length && !stands(part, body, tokens[found]?.start ?? 0)) found += 1;
    if (found < tokens.length) next = found + 1;
    return { ...part, at: tokens[found]?.start };
  });
}

const PERFORM = "perform".length;
const SELECT = "SELECT".length;

function stands({ kind, query }: BodyPart, body: string, at: number): boolean {
  if (kind === "perform") return /^perform$/i.test(body.slice(at, at + PERFORM)) && body.startsWith(query.slice(SELECT), at + PERFORM);
  if (kind === "execute") return body.startsWith(query, at);
  return query === body.slice(at, at + query.length) || sameButForBlanks(query, body, at);
}

/** An INTO clause was blanked. */
function sameButForBlanks(query: string, body: string, at: number): boolean {
  for (let index = 0; index < query.length; index++) {
    if (query[index] !== " " && query[index] !== body[at + index]) return false;
  }
  return true;
}

async function readParts(parts: readonly Located[], body: Fixed, outer: Statement): Promise<Omit<Body, "runs">> {
  const pieces: Piece[] = [];
  const dynamic: Dynamic[] = [];
  const unread: (Stretch & { readonly why: string })[] = [];
  for (const part of parts) {
    if (part.at === undefined) {
      unread.push({ start: outer.start, end: outer.end, why: `not found in the body: ${part.query.slice(0, 60)}` });
      continue;
    }
    const written = { start: placeOf(body, part.at), end: placeOf(body, part.at + lengthOf(part)) };
    const text = textOf(part, part.at, body);
    if ("begins" in text) dynamic.push({ ...written, around: part.around, begins: text.begins });
    else pieces.push({ ...text, written, around: part.around, isExecuted: part.kind === "execute" });
  }
  const read = await parsePieces(pieces, outer.source);
  return {
    statements: read.flatMap(({ piece: { around, isExecuted }, statements }) =>
      statements.map((statement) => ({ ...statement, around, isExecuted })),
    ),
    dynamic,
    unread: [...unread, ...read.flatMap(({ piece, why }) => (why === undefined ? [] : [{ ...piece.written, why }]))],
  };
}

const lengthOf = ({ kind, query }: Located) => (kind === "perform" ? query.length - SELECT + PERFORM : query.length);

const placeOf = ({ places }: Fixed, at: number) => places[Math.min(at, places.length - 1)] ?? 0;

function textOf({ kind, query }: Located, at: number, body: Fixed): Pick<Piece, "text" | "places"> | { readonly begins: string } {
  const placesOf = (text: string) => body.places.slice(at, at + text.length + 1);
  if (kind === "sql") return { text: query, places: placesOf(query) };
  if (kind === "perform") {
    const text = `select ${query.slice(SELECT)}`;
    return { text, places: placesOf(text) };
  }
  const value = stringValue(query, at);
  if (value.kind === "dynamic") return { begins: value.begins };
  const { text, places } = value.value;
  return { text, places: places.map((place) => placeOf(body, place)) };
}
