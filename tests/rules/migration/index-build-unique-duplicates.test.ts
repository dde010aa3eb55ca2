import { expect, test } from "vitest";
import { readTables } from "../../../src/catalog/tables.ts";
import { rehearse } from "../../../src/migration/rehearse.ts";
import rule from "../../../src/rules/migration/index-build-unique-duplicates.ts";
import { run } from "../../../src/rules/rule.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { readSteps, stageOf } from "../migration-steps.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["create unique index on orders (email)", "alter table orders add unique (email)"],
  rehearsed: {
    setup: "create table orders (id int primary key, email text)",
    bad: [],
    good: [
      "create unique index on orders (email)",
      "alter table orders add constraint u unique (email)",
      "alter table orders add primary key (id)",
    ],
  },
});

/** Of a thousand orders, all ids differ, nine tenths of the emails do, and there are three states. */
async function findings(sql: string) {
  const database = await sharedEmbedded();
  await database.exec("create table orders (id int, email text, state text, number int)");
  const stage = stageOf(database);
  const [{ oid } = { oid: 0 }] = await stage.read<{ oid: number }>("select 'orders'::regclass::int8 as oid");
  const [orders] = await readTables(stage, [oid]);
  const learned = { id: "-1", email: "-0.9", state: "3", number: "-0.1" };
  const { steps } = await rehearse(await readSteps(sql, false), stage, {
    statistics: Object.entries(learned).map(([column, distinct]) => ({
      schema: "public",
      relation: "orders",
      column,
      inherited: false,
      values: { n_distinct: distinct },
    })),
    real: ({ name }) => (orders && name === "orders" ? { ...orders, rows: 1000 } : undefined),
    isEmpty: () => false,
    isOurs: () => false,
  });
  return steps.flatMap((step) => run([rule], step, undefined)).map(({ message, object, severity }) => ({ message, object, severity }));
}

test("a unique index whose column repeats by its statistics is told", async () => {
  expect(await findings("create unique index concurrently on orders (state)")).toEqual([
    {
      message:
        "The unique index on orders (about 1,000 rows) fails after all rows are read: at the last ANALYZE it was not so that no two rows of orders have the same state.",
      object: "orders",
      severity: "error",
    },
  ]);
});

test.each([
  "create unique index on orders (number)",
  "alter table orders add constraint u unique (state)",
  "alter table orders add primary key (state)",
])("so is it of %s", async (sql) => {
  expect(await findings(sql)).toHaveLength(1);
});

test.each([
  "create unique index on orders (id)",
  "create unique index on orders (email)",
  "create unique index on orders (state, number)",
  "create unique index on orders (state) where number > 5",
  "create index on orders (state)",
  "create unique index on orders (lower(state))",
  "alter table orders alter column state set not null",
])("nothing is told of %s, which may well succeed", async (sql) => {
  expect(await findings(sql)).toEqual([]);
});
