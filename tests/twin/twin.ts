import { afterAll } from "vitest";
import { type Catalog, readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { connectionFrom } from "../../src/database/connection-string.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { openTwin, type Twin, type TwinOptions } from "../../src/twin/twin.ts";

const built = (file: string) => new URL(`../../dist/${file}`, import.meta.url);

/** A twin as it ships, closed when the test file ends. */
export function startTwin(options: Partial<TwinOptions> = {}): Twin {
  const twin = openTwin({ worker: built("twin-worker.js"), template: built("twin-template.tar.gz"), ...options });
  afterAll(() => twin.close());
  return twin;
}

/** Everything of a database that is not Postgres's own. */
export async function wholeCatalog(url: string): Promise<Catalog> {
  const connection = connectionFrom({ DATABASE_URL: url });
  if (!connection) throw new Error("no connection");
  const database = openDatabase(connection);
  try {
    return await database.transaction(
      async (connected) => {
        const { settings, relations, functions } = await readDirectory(connected);
        const own = relations.filter((relation) => !relation.system).map((relation) => relation.oid);
        return readCatalog(connected, { settings, relations: own, functions: functions.map((found) => found.oid) });
      },
      { signal: undefined },
    );
  } finally {
    await database.close();
  }
}
