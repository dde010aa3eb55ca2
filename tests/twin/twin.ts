import { afterAll } from "vitest";
import { type Catalog, type Directory, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { connectionFrom } from "../../src/database/connection-string.ts";
import type { Database } from "../../src/database/database.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { openTwin, type Twin, type TwinOptions } from "../../src/twin/twin.ts";

const built = (file: string) => new URL(`../../dist/${file}`, import.meta.url);

/** A twin as it ships, closed when the test file ends. */
export function startTwin(options: Partial<TwinOptions> = {}): Twin {
  const twin = openTwin({ worker: built("twin-worker.js"), template: built("twin-template.tar.gz"), ...options });
  afterAll(() => twin.close());
  return twin;
}

type Read<Result> = (directory: Directory, database: Database) => Promise<Result> | Result;

/** Reads a database as the tools do. */
export async function readDatabase<Result>(url: string, read: Read<Result>): Promise<Result> {
  const connection = connectionFrom({ DATABASE_URL: url });
  if (!connection) throw new Error("no connection");
  const database = openDatabase(connection);
  try {
    return await database.transaction(async (connected) => read(await readDirectory(connected), connected), { signal: undefined });
  } finally {
    await database.close();
  }
}

/** The relations of these names and what they need; without names, everything that is not Postgres's own. */
export const wholeCatalog = (url: string, names?: readonly string[]): Promise<Catalog> =>
  readDatabase(url, ({ settings, relations, functions }, database) => {
    const own = relations.filter((relation) => !relation.system && (names?.includes(relation.name) ?? true));
    return readCatalog(database, {
      settings,
      relations: own.map((relation) => relation.oid),
      functions: functions.map((found) => found.oid),
    });
  });
