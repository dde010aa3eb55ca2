import { expect, test } from "vitest";
import { readRelationDirectory } from "../../src/catalog/catalog.ts";
import { readSchema } from "../../src/catalog/schema.ts";
import type { Database } from "../../src/database/database.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase } from "../twin/twin.ts";

/** Beside them a review sends five: BEGIN, its settings, the version, the rights of its role, ROLLBACK. */
const MOST = 20;

const tables = (count: number) => `do $$ begin for n in 1..${count} loop
  execute format('create table t%s (id int generated always as identity primary key, a int, b text, c timestamptz)', n); end loop; end $$;`;

async function sentFor(sql: string): Promise<number> {
  const { url } = await freshDatabase(18, sql);
  return readDatabase(url, async (_, database) => {
    let sent = 0;
    const counted: Database = {
      read: (text, values) => {
        sent += 1;
        return database.read(text, values);
      },
    };
    const { settings, relations } = await readRelationDirectory(counted);
    await readSchema(counted, { settings, names: relations });
    return sent;
  });
}

test("a review of a thousand tables, their views and types sends at most 25 statements", async () => {
  const besides = "create view v as select * from t1; create type mood as enum ('good'); create table u (m mood);";
  expect(await sentFor(`${tables(1_000)} ${besides}`)).toBe(MOST);
});
