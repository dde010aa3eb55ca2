import { readMigrationFiles } from "./migration-files.ts";
import { upOf } from "./migration-input.ts";

/** A history without a file is a database without a table, and DDL text has to say something. */
const NOTHING = "create schema if not exists public;";

/** The schema that these CREATE statements and migrations make, as DDL text. */
export async function schemaOf(schema: string | undefined, history: readonly string[]): Promise<string> {
  const parts = schema === undefined ? [] : (await readMigrationFiles([schema])).map(({ sql }) => sql);
  for (const { file, sql } of await readMigrationFiles(history)) parts.push(await upOf(sql, file));
  return [...parts, NOTHING].join("\n;\n");
}
