import { inspect } from "node:util";
import { expect } from "vitest";
import { type Connection, connectionFromUrl } from "../../src/database/connection-string.ts";
import type { Database } from "../../src/database/database.ts";
import { type LiveDatabase, openDatabase } from "../../src/database/live-database.ts";
import { ToolError } from "../../src/error.ts";

export const connectionTo = (url: string): Connection => connectionFromUrl({ url, name: "DATABASE_URL", environment: {} });

/** This URL with other parts; a parameter that is undefined is taken out. */
export function changed(
  url: string,
  parts: { user?: string; password?: string; host?: string; port?: number; database?: string; query?: string },
): string {
  const { user, password, host, port, database, query } = parts;
  const result = new URL(url);
  if (user !== undefined) result.username = user;
  if (password !== undefined) result.password = password;
  if (host !== undefined) result.hostname = host;
  if (port !== undefined) result.port = String(port);
  if (database !== undefined) result.pathname = `/${database}`;
  if (query !== undefined) result.search = query;
  return result.href;
}

/** Every exception that a test sees passes here, so that none with the password in it goes unnoticed. */
export function withoutPassword(error: unknown, connection: Connection): unknown {
  const password = connection.password();
  if (!password) return error;
  const everything = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  for (const form of [password, encodeURIComponent(password), Buffer.from(password).toString("base64")])
    expect(everything).not.toContain(form);
  return error;
}

/** What a caller is told: the error's code and sentence, with the port and folders of the test taken out. */
export async function refusal(
  connection: Connection | string,
  run: (database: Database) => Promise<unknown> = ask,
  limits?: Limits,
): Promise<string> {
  const asked = typeof connection === "string" ? connectionTo(connection) : connection;
  const database = openDatabase(asked, { limits });
  const error = await database.transaction(run, {}).then(
    () => expect.unreachable("it was not refused"),
    (error: unknown) => withoutPassword(error, asked),
  );
  await database.close();
  if (!(error instanceof ToolError)) throw error;
  const { retryable, retry_after_s } = error.hint;
  const again = retryable ? ` [again in ${retry_after_s} s]` : "";
  return `${error.code}: ${error.message}${again}`
    .replaceAll(String(asked.port), "5432")
    .replaceAll(/\/\S*postgres-\d\d-\w+/g, "/run/postgresql");
}

type Limits = NonNullable<NonNullable<Parameters<typeof openDatabase>[1]>["limits"]>;

export const quick: Limits = { statementTimeout: 500, lockTimeout: 200, idleTimeout: 10_000 };

const ask = (database: Database) => database.read("select 1");

/** Reads in a transaction of its own and closes. */
export async function readOnce<Row>(url: string, sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  const connection = connectionTo(url);
  return using(connection, (database) => database.transaction((reads) => reads.read<Row>(sql, values), {}));
}

export async function using<T>(connection: Connection, use: (database: LiveDatabase) => Promise<T>): Promise<T> {
  const database = openDatabase(connection);
  try {
    return await use(database);
  } catch (error) {
    throw withoutPassword(error, connection);
  } finally {
    await database.close();
  }
}
