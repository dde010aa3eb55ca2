import { ToolError } from "../error.ts";
import { commentsOf, loadGrammar } from "./grammar.ts";
import { spanOf } from "./position.ts";

/** Rows of a table, as a comment tells them. */
export interface RowComment {
  /** As it was written, with its schema and quotes. */
  readonly table: string;
  readonly rows: number;
  /** Of the text, counted from 1. */
  readonly line: number;
}

const opening = /^--\s*rows\s*:/i;
const name = String.raw`(?:"(?:[^"]|"")+"|[^\s".,;:=]+)`;
/** `5000000`, `5_000_000`, `5,000,000`, `1.5M`, `200k`, `2bn`, `5e6`. */
const number = String.raw`(\d{1,3}(?:[_,]\d{3})+|\d+(?:_\d+)*)(\.\d+)?(?:e(\d{1,2}))?\s?(k|m|bn|b)?`;
const entry = new RegExp(String.raw`\s*(${name}(?:\.${name})?)(?:\s*[:=]\s*|\s+)(?:${number})(?:\s+rows\b)?(?=[\s,;.]|$)[\s,;.]*`, "iy");

const powers: Readonly<Record<string, number>> = { k: 3, m: 6, b: 9, bn: 9 };

/** More rows than any table holds are a slip of the pen: 2^32 blocks of at most 291 rows (https://www.postgresql.org/docs/current/limits.html). */
const MOST_ROWS = 1.25e12;

/**
 * The row counts that a DDL text tells in its comments, several in one line if need be: `-- rows: orders 5_000_000`,
 * `-- rows: app.orders 5M, users 200k`. Throws `sql_syntax` with the place for a comment that starts so and goes on otherwise.
 */
export async function readRowComments(text: string): Promise<readonly RowComment[]> {
  if (!/--\s*rows\s*:/i.test(text)) return [];
  await loadGrammar();
  return commentsOf(text)
    .filter((comment) => opening.test(comment.text))
    .flatMap(({ text: comment, start }) => entriesIn(comment, (offset) => spanOf(text, start + offset, start + comment.length)));
}

function entriesIn(comment: string, placeOf: (offset: number) => { readonly line: number; readonly column: number }): RowComment[] {
  const found: RowComment[] = [];
  entry.lastIndex = opening.exec(comment)?.[0].length ?? 0;
  do {
    const start = entry.lastIndex + (/\S/.exec(comment.slice(entry.lastIndex))?.index ?? 0);
    entry.lastIndex = start;
    const read = entry.exec(comment);
    const rows = read ? rowsOf(read.slice(2)) : undefined;
    if (!read || rows === undefined) throw unreadable(comment.slice(start), placeOf(start));
    found.push({ table: read[1] ?? "", rows, line: placeOf(start).line });
  } while (entry.lastIndex < comment.trimEnd().length);
  return found;
}

/** Undefined: half a row, or more than there can be. */
function rowsOf([whole = "", fraction = "", exponent = "0", suffix = ""]: readonly (string | undefined)[]): number | undefined {
  const power = Number(exponent) + (powers[suffix.toLowerCase()] ?? 0);
  const rows = Number(`${whole.replaceAll(/[_,]/g, "")}${fraction}e${power}`);
  return Number.isInteger(rows) && rows <= MOST_ROWS ? rows : undefined;
}

function unreadable(rest: string, { line, column }: { readonly line: number; readonly column: number }): ToolError {
  return new ToolError(
    "sql_syntax",
    `The comment in line ${line}, column ${column} of schema_sql tells no row count at "${rest.trim().slice(0, 40)}". Write a table and a whole number, as in -- rows: orders 5_000_000, users 200k.`,
  );
}
