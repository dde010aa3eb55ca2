import pg from "pg";
import { afterAll } from "vitest";
import { parserFor } from "../../../src/database/values.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import type { Version } from "../../postgres/server.ts";
import type { Asked } from "./asked.ts";

const TEXT_ARRAY: number = 1009;

/** A database of its own on a real server, in the hands of its superuser. `made`: what CREATE DATABASE is told, in place of a copy of the usual one. */
export async function openLive(version: Version, made?: string): Promise<Asked & { readonly url: string }> {
  const database = await freshDatabase(version);
  const usual = await connected(database.url);
  afterAll(async () => {
    await usual.close();
    await database.drop();
  });
  if (made === undefined) return usual;
  const name = `${new URL(database.url).pathname.slice(1)}_made`;
  await usual.exec(`create database ${name} template template0 ${made}`);
  const other = await connected(Object.assign(new URL(database.url), { pathname: name }).href);
  afterAll(async () => {
    await other.close();
    await usual.exec(`drop database ${name}`);
  });
  return other;
}

async function connected(url: string) {
  const splitArray = pg.types.getTypeParser(TEXT_ARRAY, "text");
  const types = { getTypeParser: (type: number) => parserFor(type, splitArray) } as NonNullable<pg.ClientConfig["types"]>;
  const client = new pg.Client({ connectionString: url, types });
  await client.connect();
  return {
    url,
    query: async <Row>(sql: string, values: unknown[] = []) => ({ rows: (await client.query(sql, values)).rows as Row[] }),
    exec: async (sql: string) => {
      await client.query(sql);
    },
    close: () => client.end(),
  };
}
