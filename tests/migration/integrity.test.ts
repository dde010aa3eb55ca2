import pg from "pg";
import { expect, test } from "vitest";
import { integrityOf } from "../../src/migration/integrity.ts";
import { readScript } from "../../src/migration/script.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";

const schema = `
  create table customers (id int primary key, name text);
  create table "Order Lines" (id int primary key, customer_id int, total int, note text, "On" timestamp);
  create table untouched (id int primary key);
  insert into customers select i, 'name ' || i from generate_series(1, 50) i;
  insert into "Order Lines" select i, nullif(i % 50, 0), i * 3, case when i % 4 = 0 then 'n' end, timestamp '2026-01-01' from generate_series(1, 500) i;`;

const script = `
  alter table "Order Lines" rename column total to amount;
  alter table "Order Lines" alter column amount type bigint, alter column note type varchar(5);
  alter table "Order Lines" rename to order_lines;
  update order_lines set customer_id = 1 where customer_id is null;
  delete from order_lines where id > 490;
  alter table order_lines drop column "On";
  create table fresh (a int); alter table fresh alter column a type bigint; insert into fresh values (1);
  drop table customers;`;

test.each([15, 18] as const)("the queries before and after a script run on PostgreSQL %i, and differ as is said", async (version) => {
  const { url } = await freshDatabase(version, schema);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ask = async (sql: string | undefined) => (sql === undefined ? undefined : (await client.query(sql)).rows[0]);
  const checks = integrityOf(await readScript(script));
  expect(checks.map(({ table, expect: said }) => [table, said])).toEqual([
    [
      '"Order Lines"',
      'as many rows more or fewer as statement 5 (DELETE) adds or removes; values of customer_id as UPDATE leaves them; checksums the same, where the new type prints a value as the old one does; gone: the values of "On"',
    ],
    ["customers", "gone: all rows"],
  ]);
  const before = await Promise.all(checks.map((check) => ask(check.before)));
  for (const { statement } of await readScript(script)) if (statement.kind !== "DeleteStmt") await client.query(statement.text);
  const after = await Promise.all(checks.map((check) => ask(check.after)));
  expect(before).toEqual([
    {
      rows: "500",
      customer_id_values: "490",
      total_values: "500",
      total_checksum: expect.any(String),
      note_values: "125",
      note_checksum: expect.any(String),
      On_values: "500",
    },
    { rows: "50" },
  ]);
  const { On_values: _, ...kept } = before[0];
  expect(after).toEqual([{ ...kept, customer_id_values: "500" }, undefined]);
  await client.query("update order_lines set amount = 0 where id = 7");
  expect(await ask(checks[0]?.after)).not.toEqual(after[0]);
  await client.end();
});

test("a script that keeps all rows as they are has nothing to compare", async () => {
  const checks = integrityOf(await readScript("alter table orders add column note text; create index on orders (id); select 1;"));
  expect(checks).toEqual([]);
});
