import { ToolError } from "../error.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";

/** One statement of those that were asked about, in the order they were given. */
export interface Given {
  /** From 1. */
  readonly number: number;
  /** Calls, by the caller's count. */
  readonly weight: number;
  readonly text: string;
  readonly read: { readonly statement: Statement; readonly why?: undefined } | { readonly statement?: undefined; readonly why: string };
}

const readableKinds = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

interface Workload {
  readonly sql?: string | undefined;
  readonly queries?: readonly { readonly sql: string; readonly calls?: number | undefined }[] | undefined;
}

/** A single statement that cannot be read is an error; one of a list is told beside the others. */
export async function readWorkload({ sql, queries }: Workload): Promise<readonly Given[]> {
  if (sql !== undefined && queries === undefined)
    return [{ number: 1, weight: 1, text: sql, read: { statement: await onlyStatement(sql) } }];
  if (queries === undefined || queries.length === 0 || sql !== undefined) {
    throw new ToolError("invalid_argument", "Pass sql (one statement) or queries (a list of { sql, calls }), one of the two.");
  }
  const given: Given[] = [];
  for (const [position, { sql: text, calls = 1 }] of queries.entries()) {
    const read = await onlyStatement(text).then(
      (statement) => ({ statement }),
      (error: unknown) => ({ why: messageOf(error) }),
    );
    given.push({ number: position + 1, weight: calls, text, read });
  }
  return given;
}

async function onlyStatement(sql: string): Promise<Statement> {
  const [statement, ...more] = await parseStatements(sql);
  if (!statement || more.length > 0) {
    throw new ToolError(
      "invalid_argument",
      `There are ${more.length + (statement ? 1 : 0)} statements in one text. Pass one in sql, or each as one of queries.`,
    );
  }
  if (!readableKinds.has(statement.kind)) {
    throw new ToolError(
      "invalid_argument",
      "Indexes are suggested for SELECT, INSERT, UPDATE, DELETE and MERGE. Pass the statement itself, without EXPLAIN.",
    );
  }
  return statement;
}

/** What the caller has to correct in one statement of a list is told beside it, and spoils no other. */
export function messageOf(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  throw error;
}
