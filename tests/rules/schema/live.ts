import pg from "pg";
import { afterAll } from "vitest";
import { parserFor } from "../../../src/database/values.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import type { Version } from "../../postgres/server.ts";
import type { Asked } from "./asked.ts";

const TEXT_ARRAY: number = 1009;

/** A database of its own on a real server, in the hands of its superuser. */
export async function openLive(version: Version): Promise<Asked & { readonly url: string }> {
  const database = await freshDatabase(version);
  const splitArray = pg.types.getTypeParser(TEXT_ARRAY, "text");
  const types = { getTypeParser: (type: number) => parserFor(type, splitArray) } as NonNullable<pg.ClientConfig["types"]>;
  const client = new pg.Client({ connectionString: database.url, types });
  await client.connect();
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
  return {
    url: database.url,
    query: async <Row>(sql: string, values: unknown[] = []) => ({ rows: (await client.query(sql, values)).rows as Row[] }),
    exec: async (sql: string) => {
      await client.query(sql);
    },
  };
}
