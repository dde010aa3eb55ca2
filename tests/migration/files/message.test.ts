import pg from "pg";
import { expect, test } from "vitest";
import { freshDatabase } from "../../postgres/fresh-database.ts";

test.each([15, 18] as const)("PostgreSQL %i runs the statements of one message in one transaction", async (version) => {
  const { url } = await freshDatabase(version, "create table orders (total int)");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const index = "create index concurrently on orders (total)";
  const refused = /cannot run inside a transaction block/;
  await client.query(index);
  await client.query(`-- a comment is no statement\n${index};\n`);
  await expect(client.query(`set lock_timeout = '1s'; ${index}`)).rejects.toThrow(refused);
  await expect(client.query(`${index}; select 1`)).rejects.toThrow(refused);
  await expect(client.query(`begin; select 1; commit; ${index}`)).rejects.toThrow(refused);
  await expect(client.query("insert into orders values (1); select 1 / 0")).rejects.toThrow(/division by zero/);
  expect((await client.query("select from orders")).rowCount).toBe(0);
  await client.end();
});
