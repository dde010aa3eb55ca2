import type { Node } from "@pgsql/types";
import { ToolError } from "../error.ts";
import { refuseDeepText, refuseDeepTree, tooDeep } from "./depth.ts";
import { grammar, loadGrammar, tokensOf } from "./grammar.ts";
import { refuseOperatorRuns } from "./operator-runs.ts";
import { characterOffsets } from "./position.ts";
import { syntaxError } from "./syntax-error.ts";
import { type Kind, kindOf } from "./walk.ts";
import type { WithPlaceholders } from "./written-text.ts";

export interface Statement {
  /** From the first token to the last, without the semicolon. */
  readonly text: string;
  /** Where `text` stands in `source`, in characters. */
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
  /** As Postgres's parser gives it, but every `location` counts characters of `source`. */
  readonly tree: Node;
  /** All that was parsed. */
  readonly source: string;
  /** What the caller passed, where placeholders of other drivers were replaced in it. */
  readonly written?: WithPlaceholders;
}

/** Bytes of UTF-8. Takes the parser some 100 ms at worst. */
const LARGEST = 100_000;

const REPLACEMENT = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";

export interface ParseOptions {
  /** What the text is called in an error. */
  readonly what?: string;
  /** Of UTF-8, that are read at most. */
  readonly bytes?: number;
  /** What the text was made of, by which an error shows its place. */
  readonly written?: WithPlaceholders;
}

/** Throws `sql_syntax`, `too_large`, or `invalid_argument` for a text that is no text. */
export async function parseStatements(
  text: string,
  { what = "sql", bytes: most = LARGEST, written }: ParseOptions = {},
): Promise<readonly Statement[]> {
  await refuseUnreadable(text, { what, bytes: most });
  refuseDeepText(text);
  if (text.trim() === "") return [];

  const statements = parse(text, { what, written });
  last = { text, statements };
  refuseHighParameters(text, what);
  const character = characterOffsets(text);
  return statements.flatMap(({ stmt, stmt_location: from = 0, stmt_len: bytes }) => {
    if (!stmt) return [];
    refuseDeepTree(stmt);
    return [statementAt(text, stmt, character, from, bytes ? from + bytes : Number.POSITIVE_INFINITY)];
  });
}

type Raw = NonNullable<ReturnType<ReturnType<typeof grammar>["parseSync"]>["stmts"]>;

/** The text that was parsed last: whoever judges it looks at all of it again. */
let last: { readonly text: string; readonly statements: Raw } = { text: "", statements: [] };

/** Of a text that was parsed before. Where its statements start, is counted in bytes. */
export const parsedOf = (text: string): Raw => (last.text === text ? last.statements : (grammar().parseSync(text).stmts ?? []));

/** One expression, as the catalog prints it; undefined if it is none. */
export function parseExpression(text: string): Node | undefined {
  return targetOf(`select ${text}`);
}

/** The only item of the FROM clause of a SELECT without targets. */
export function parseFromItem(text: string): Node | undefined {
  const select = selectOf(`select from ${text}`);
  return select?.fromClause?.length === 1 ? select.fromClause[0] : undefined;
}

/** Whether Postgres's parser takes a text that we wrote. */
export const parses = (text: string): boolean => treeOf(text) !== undefined;

function targetOf(text: string): Node | undefined {
  const select = selectOf(text);
  const [target] = select?.targetList ?? [];
  const isBare = select && !select.fromClause && !select.whereClause && !select.limitCount && select.op === "SETOP_NONE";
  if (!isBare || select.targetList?.length !== 1 || !target || !("ResTarget" in target)) return;
  return target.ResTarget.name === undefined ? target.ResTarget.val : undefined;
}

function selectOf(text: string) {
  const tree = treeOf(text);
  return tree && "SelectStmt" in tree ? tree.SelectStmt : undefined;
}

function treeOf(text: string): Node | undefined {
  try {
    const { stmts = [] } = grammar().parseSync(text);
    return stmts.length === 1 ? stmts[0]?.stmt : undefined;
  } catch {
    return undefined;
  }
}

/** Before anything looks at the text, by its size first. Loads what reads it then. */
export async function refuseUnreadable(text: string, { what = "sql", bytes: most = LARGEST }: ParseOptions = {}): Promise<void> {
  const bytes = Buffer.byteLength(text);
  if (bytes > most) {
    throw new ToolError("too_large", `${what} has ${bytes} bytes; at most ${most} are read. Send only the statements in question.`);
  }
  if (text.includes("\0"))
    throw new ToolError("invalid_argument", `${what} has a NUL character in it, which Postgres does not take. Remove it.`);
  if (/\p{Surrogate}/u.test(text)) {
    throw new ToolError("invalid_argument", `${what} has half of a character in it (a lone surrogate). Send it as valid Unicode.`);
  }
  if (what === "sql" && text.includes(REPLACEMENT)) {
    throw new ToolError(
      "invalid_argument",
      "sql has U+FFFD in it, which stands where a text that was not UTF-8 was read as such. Send it in UTF-8; written on purpose, it is U&'\\FFFD'.",
    );
  }
  if (text.startsWith(BYTE_ORDER_MARK))
    throw new ToolError(
      "invalid_argument",
      `${what} starts with a byte order mark, which Postgres reads as a part of the first word. Remove it.`,
    );
  refuseOperatorRuns(text, what);
  await loadGrammar();
}

/** How many values the protocol's Bind message can count. */
const PARAMETERS = 65_535;

function refuseHighParameters(text: string, what: string): void {
  if (!/\$\d{5}/.test(text)) return;
  const high = tokensOf(text).find(({ text: token }) => /^\$\d+$/.test(token) && Number(token.slice(1)) > PARAMETERS);
  if (high) throw new ToolError("invalid_argument", `${what} has ${high.text} in it, and Postgres takes at most $${PARAMETERS}.`);
}

function parse(text: string, told: { readonly what: string; readonly written: WithPlaceholders | undefined }) {
  try {
    return grammar().parseSync(text).stmts ?? [];
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    if (!isSqlError(error)) throw error;
    if (error.message.startsWith("memory exhausted")) throw tooDeep();
    throw syntaxError({ text, ...told }, error.message, error.sqlDetails.cursorPosition);
  }
}

const isSqlError = (error: unknown): error is Error & { sqlDetails: { cursorPosition: number } } =>
  error instanceof Error && "sqlDetails" in error && error.sqlDetails !== undefined;

function statementAt(source: string, tree: Node, character: (byte: number) => number, fromByte: number, toByte: number): Statement {
  const from = character(fromByte);
  const written = source.slice(from, toByte === Number.POSITIVE_INFINITY ? undefined : character(toByte));
  const [first, last] = endsOf(written);
  const kind = kindOf(tree);
  if (!kind) throw new Error(`No statement at ${from}.`);
  if (Buffer.byteLength(source) > source.length) countInCharacters(tree, character);
  return { text: written.slice(first, last), start: from + first, end: from + last, kind, tree, source };
}

/**
 * Where the first token starts and the last one ends. Only comments make it necessary to look at tokens. Blanks are
 * those of src/backend/parser/scan.l: what JavaScript trims besides, such as a no-break space, is a letter to Postgres.
 */
function endsOf(written: string): readonly [number, number] {
  if (!/--|\/\*/.test(written)) return [written.search(/[^ \t\n\r\f\v]/), written.length - trailingBlanks(written)];
  const tokens = tokensOf(written);
  return [tokens[0]?.start ?? 0, tokens.at(-1)?.end ?? 0];
}

/** Not by a regular expression: `[ ]+$` takes quadratic time over blanks in the middle. */
function trailingBlanks(text: string): number {
  let blanks = 0;
  while (" \t\n\r\f\v".includes(text.at(-1 - blanks) ?? "x")) blanks += 1;
  return blanks;
}

const positions = ["location", "list_start", "list_end", "name_location", "rexpr_list_start", "rexpr_list_end"];

/** The tree was made a moment ago and nobody else has it yet. */
function countInCharacters(tree: Node, character: (byte: number) => number): void {
  const stack: unknown[] = [tree];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (typeof value !== "object") continue;
    const node = value as Record<string, unknown>;
    for (const name of positions) {
      const offset = node[name];
      if (typeof offset === "number" && offset > 0) node[name] = character(offset);
    }
    stack.push(...Object.values(node).filter((child) => typeof child === "object" && child !== null));
  }
}
