import { expect, test } from "vitest";
import { isSteady, isVolatile } from "../../src/sql/volatile.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

const postgres = await sharedEmbedded();

test("no function of Postgres that we take for volatile is declared otherwise, and none for steady that is volatile", async () => {
  const { rows } = await postgres.query<{ name: string; volatile: boolean }>(
    "select proname as name, bool_or(provolatile = 'v') as volatile from pg_proc where prokind = 'f' group by 1",
  );
  expect(rows.filter(({ name, volatile }) => isVolatile([name]) && !volatile)).toEqual([]);
  expect(rows.filter(({ name, volatile }) => isSteady([name]) && volatile)).toEqual([]);
  expect(rows.filter(({ name }) => isVolatile([name])).length).toBeGreaterThan(8);
});

test("a function in a schema of one's own is not the one that Postgres has", () => {
  expect(isSteady(["app", "lower"])).toBe(false);
  expect(isSteady(["pg_catalog", "lower"])).toBe(true);
  expect(isVolatile(["extensions", "uuid_generate_v4"])).toBe(true);
});
