import { ToolError } from "../error.ts";
import type { ParseOptions, Statement } from "../sql/parse.ts";
import { parseWithPlaceholders } from "../sql/placeholders.ts";
import { plannedWithin } from "../sql/planned-within.ts";

/** One statement of those that were asked about, in the order they were given. */
export interface Given {
  /** From 1. */
  readonly number: number;
  /** Calls, by the caller's count or the server's. */
  readonly weight: number;
  readonly text: string;
  /** Milliseconds of all calls, where the server measured them. */
  readonly time?: number;
  readonly read: { readonly statement: Statement; readonly why?: undefined } | { readonly statement?: undefined; readonly why: string };
}

interface Asked {
  readonly sql?: string | undefined;
  readonly queries?: readonly { readonly sql: string; readonly calls?: number | undefined }[] | undefined;
}

/** A single statement that cannot be read is an error; one of a list is told beside the others. */
export async function readGiven({ sql, queries = [] }: Asked): Promise<readonly Given[]> {
  if (sql !== undefined) return [{ number: 1, weight: 1, text: sql, read: { statement: await onlyStatement(sql, { what: "sql" }) } }];
  const given: Given[] = [];
  for (const [position, { sql: text, calls = 1 }] of queries.entries()) {
    const earlier = given.findIndex((each) => each.text.trim() === text.trim());
    const first = given[earlier];
    if (first) given[earlier] = { ...first, weight: first.weight + calls };
    const number = position + 1;
    given.push({
      number,
      weight: calls,
      text,
      read: first ? { why: `the same as #${first.number}, which has its calls too` } : await read(text),
    });
  }
  return given;
}

const read = (text: string): Promise<Given["read"]> =>
  onlyStatement(text, { what: "sql" }).then(
    (statement) => ({ statement }),
    (error: unknown) => ({ why: messageOf(error) }),
  );

async function onlyStatement(sql: string, options: ParseOptions): Promise<Statement> {
  const [whole, ...more] = await parseWithPlaceholders(sql, options);
  if (!whole || more.length > 0) {
    throw new ToolError(
      "invalid_argument",
      `There are ${more.length + (whole ? 1 : 0)} statements in one text. Pass one in sql, or each as one of queries.`,
    );
  }
  const statement = plannedWithin(whole);
  if (!statement) {
    throw new ToolError(
      "invalid_argument",
      "Indexes are suggested for SELECT, INSERT, UPDATE, DELETE and MERGE, and for what an EXPLAIN, PREPARE, DECLARE or CREATE TABLE AS holds of them. This statement has no plan.",
    );
  }
  return statement;
}

/** What the caller has to correct in one statement of a list is told beside it, and spoils no other. */
export function messageOf(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  throw error;
}
