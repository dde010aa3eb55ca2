import { expect, test } from "vitest";
import { migrationRules } from "../../src/rules/migration-rules.ts";
import { run } from "../../src/rules/rule.ts";
import { startRehearsals, toldOf } from "./rehearsal.ts";

const rehearsed = startRehearsals();

test("a table that the twin could not make is new to the rest of its script all the same", async () => {
  const sql =
    "create table zones (id bigint primary key, area nosuch); create index zones_area on zones (area); create index on orders (note);";
  const answer = await rehearsed({ schema: "create table orders (id bigint primary key, note text)", sql });
  expect(toldOf(answer).filter((line) => line.includes("refused"))).toEqual([
    '1 refused: type "nosuch" does not exist',
    '2 refused: relation "zones" does not exist',
  ]);
  const found = answer.steps.flatMap((step) => [...run(migrationRules, step, 18)]);
  expect(found.map(({ rule, object }) => `${rule} ${object}`)).toEqual(["migration/create-index-not-concurrent orders"]);
});
