import { readSchema, type Schema } from "../../../src/catalog/schema.ts";
import { readSettings } from "../../../src/catalog/settings.ts";
import type { Database } from "../../../src/database/database.ts";

/** PGlite, or a client of a server. */
export interface Asked {
  query<Row>(sql: string, values?: unknown[]): Promise<{ readonly rows: Row[] }>;
  exec(sql: string): Promise<unknown>;
}

/** The schema as the tools read it, with names resolved as they resolve them. */
export async function schemaIn(postgres: Asked): Promise<Schema> {
  const database: Database = {
    read: async <Row>(sql: string, values: readonly unknown[] = []) => (await postgres.query<Row>(sql, [...values])).rows,
  };
  const settings = await readSettings(database);
  const path = (await postgres.query<{ path: string }>("select current_setting('search_path') as path")).rows[0]?.path ?? "";
  await postgres.exec("set search_path = pg_catalog");
  try {
    return await readSchema(database, { settings });
  } finally {
    await postgres.query("select set_config('search_path', $1, false)", [path]);
  }
}
