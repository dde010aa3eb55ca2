import { expect, test } from "vitest";
import { setInBatches } from "../../src/rules/in-batches.ts";
import { nameOf } from "../../src/sql/quote.ts";
import { schemaIn } from "./schema/asked.ts";
import { openLive } from "./schema/live.ts";

test.each([15, 18] as const)("every row of a table is set once, ten thousand in a transaction, on PostgreSQL %i", async (version) => {
  const server = await openLive(version);
  await server.exec(`create schema app;
    create table app."Users" ("Id" uuid primary key default gen_random_uuid(), n int);
    insert into app."Users" (n) select i from generate_series(1, 25003) i;
    create table empty (id bigint primary key, n int);
    create table single (id int primary key, n int);
    insert into single values (7, 1);
    create table pairs (a int, b int, n int, primary key (a, b));
    create table keyless (n int);
    create table parts (id int primary key, n int) partition by range (id)`);
  const { tables } = await schemaIn(server);
  const written = (schema: string, name: string) =>
    setInBatches(
      nameOf(schema, name),
      tables.find((table) => table.name === name),
      { set: "n = t.n + 1" },
    );
  for (const [schema, name] of [
    ["app", "Users"],
    ["public", "empty"],
    ["public", "single"],
  ] as const)
    await server.exec(written(schema, name) ?? "");
  const { rows } = await server.query(
    'select count(*)::int as rows, sum(n)::int as sum, count(distinct xmin::text)::int as batches from app."Users"',
  );
  expect(rows).toEqual([{ rows: 25_003, sum: (25_003 * 25_004) / 2 + 25_003, batches: 3 }]);
  expect((await server.query("select n from single")).rows).toEqual([{ n: 2 }]);
  expect(["pairs", "keyless", "parts", "nope"].map((name) => written("public", name))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
