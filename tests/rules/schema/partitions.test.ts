import { expect, test } from "vitest";
import defaultPartitionFilling from "../../../src/rules/schema/default-partition-filling.ts";
import partitionKeyNullable from "../../../src/rules/schema/partition-key-nullable.ts";
import partitionMissingNext from "../../../src/rules/schema/partition-missing-next.ts";
import partitionUniqueWithoutKey from "../../../src/rules/schema/partition-unique-without-key.ts";
import { schemaIn } from "./asked.ts";
import { schemaJudge } from "./judged.ts";

const { judge, postgres, within } = schemaJudge();

const events = (key = "at date not null") => `create table events (${key}, note text) partition by range (at);`;
/** Bounds that move with the clock: days from today. */
const part = (name: string, from: number, to: number) =>
  `do $$ begin execute format('create table ${name} partition of events for values from (%L) to (%L)', current_date + ${from}, current_date + ${to}); end $$;`;

judge(partitionMissingNext, {
  bad: {
    "partitions that ended yesterday": {
      sql: `${events()} ${part("events_1", -31, -1)}`,
      says: /The partitions of events ended at \d{4}-\d\d-\d\d and none comes after: an insert of a later row is refused/,
      severity: "error",
    },
    "a last one that ends in three days": { sql: `${events()} ${part("events_1", -27, 3)}`, says: "events end at", severity: "warning" },
    "days with half a day to go": { sql: `${events()} ${part("events_1", -1, 0)} ${part("events_2", 0, 1)}`, says: "events end at" },
    "a DEFAULT that takes what comes": {
      sql: `${events()} ${part("events_1", -31, -1)} create table rest partition of events default`,
      says: "later rows go into its DEFAULT partition",
      severity: "warning",
      fix: null,
    },
    "partitions that ended long ago": {
      sql: `${events()} ${part("events_1", -900, -870)}`,
      says: "events ended at",
      severity: "info",
      fix: null,
    },
    "moments with a time zone": {
      sql: `create table events (at timestamptz not null) partition by range (at); create table events_1 partition of events for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00')`,
      says: "events ended at 2020-02-01",
      severity: "info",
    },
  },
  good: {
    "partitions ahead": `${events()} ${part("events_1", -30, 0)} ${part("events_2", 0, 30)}`,
    "a last one without an end": `${events()} ${part("events_1", -30, -10)} create table later partition of events for values from ('2100-01-01') to (maxvalue)`,
    "ranges of numbers": "create table n (id int) partition by range (id); create table n_1 partition of n for values from (1) to (100)",
    lists: "create table l (kind text) partition by list (kind); create table l_1 partition of l for values in ('a')",
    "no partition at all": events(),
  },
});

test("months follow months, whatever their length", async () => {
  const fix = await within(
    `${events()} do $$ begin execute format('create table events_1 partition of events for values from (%L) to (%L)', date_trunc('month', current_date) - interval '1 month', date_trunc('month', current_date)); end $$;`,
    async () => {
      const [problem] = partitionMissingNext.check(await schemaIn(postgres));
      await postgres.exec(problem?.fix ?? "");
      await postgres.exec(
        "insert into events values (current_date, 'now'), (date_trunc('month', current_date) + interval '1 month', 'next')",
      );
      return problem?.fix;
    },
  );
  expect(fix).toMatch(/for values from \('\d{4}-\d\d-01'\) to \('\d{4}-\d\d-01'\)/);
});

test("on every day of the month that is missing, the fix reaches past it", async () => {
  await within(`${events()} create table events_1 partition of events for values from ('2026-10-01') to ('2026-11-01')`, async () => {
    const schema = await schemaIn(postgres);
    for (let day = 1; day <= 30; day++) {
      const asOf = `2026-11-${String(day).padStart(2, "0")}T23:59:59Z`;
      const [problem] = partitionMissingNext.check({ ...schema, settings: { ...schema.settings, asOf } });
      expect(problem?.fix, asOf).toBe(
        "create table events_2026_11_01 partition of events for values from ('2026-11-01') to ('2026-12-01');\n" +
          "create table events_2026_12_01 partition of events for values from ('2026-12-01') to ('2027-01-01');",
      );
    }
  });
});

test("an insert that no partition takes is refused", async () => {
  const insert = within(`${events()} ${part("events_1", -31, -1)}`, () => postgres.query("insert into events values (current_date)"));
  await expect(insert).rejects.toThrow('no partition of relation "events" found for row');
});

judge(defaultPartitionFilling, {
  bad: {
    "rows in DEFAULT": {
      sql: `${events()} create table rest partition of events default; insert into events select current_date from generate_series(1, 3); analyze rest`,
      says: "rest, the DEFAULT partition of events, holds about 3 rows",
    },
  },
  good: {
    "an empty one": `${events()} create table rest partition of events default; analyze rest`,
    "rows where they belong": `${events()} ${part("events_1", 0, 9)} create table rest partition of events default; insert into events select current_date; analyze`,
  },
});

test("a partition for rows that DEFAULT holds is refused", async () => {
  const made = within(`${events()} create table rest partition of events default; insert into events values (current_date)`, () =>
    postgres.exec(part("events_1", 0, 9)),
  );
  await expect(made).rejects.toThrow("would be violated by some row");
});

judge(partitionKeyNullable, {
  bad: {
    "a key that may be NULL": {
      sql: `${events("at date")}`,
      says: "partitioned by at, which may be NULL: an insert of such a row is refused",
    },
    "with a DEFAULT": {
      sql: `${events("at date")} create table rest partition of events default`,
      says: "such a row goes into the DEFAULT partition",
    },
    "one of few rows": {
      sql: `${events("at date")} ${part("events_1", 0, 9)} insert into events select current_date; analyze events`,
      says: "which may be NULL",
      fix: "alter table events alter column at set not null;",
    },
    "the second column of two": {
      sql: 'create table "T" (a int not null, "B b" int) partition by range (a, "B b")',
      says: '"T" is partitioned by "B b"',
    },
  },
  good: {
    "NOT NULL": events(),
    "a list": "create table l (kind text) partition by list (kind)",
    "a hash": "create table h (id int) partition by hash (id)",
    "an expression": "create table e (at timestamp) partition by range ((at::date))",
  },
});

test("a row without a key is refused, or lies in DEFAULT", async () => {
  await expect(
    within(`${events("at date")} ${part("events_1", 0, 9)}`, () => postgres.query("insert into events values (null)")),
  ).rejects.toThrow("no partition of relation");
  const rows = await within(
    `${events("at date")} create table rest partition of events default; insert into events values (null)`,
    async () => postgres.query("select from rest"),
  );
  expect(rows.rows).toHaveLength(1);
});

judge(partitionUniqueWithoutKey, {
  bad: {
    "a unique index on one partition": {
      sql: `${events()} ${part("events_1", 0, 9)} create unique index on events_1 (note)`,
      says: "(note) is unique within events_1 only",
    },
    "on two of them, told once": {
      sql: `${events()} ${part("a", 0, 9)} ${part("b", 9, 18)} create unique index on a (note); create unique index on b (note)`,
      says: "unique within a and b only",
    },
  },
  good: {
    "one of the parent": `create table p (id int, at date, primary key (id, at)) partition by range (at); create table p_1 partition of p default`,
    "one with the key in it": `${events()} ${part("events_1", 0, 9)} create unique index on events_1 (note, at)`,
    "a plain one": `${events()} ${part("events_1", 0, 9)} create index on events_1 (note)`,
  },
});

test("the same value may stand in two partitions that are unique by themselves", async () => {
  const rows = await within(
    `${events()} ${part("a", 0, 9)} ${part("b", 9, 18)} create unique index on a (note); create unique index on b (note);
     insert into events values (current_date, 'same'), (current_date + 10, 'same')`,
    async () => (await postgres.query("select from events where note = 'same'")).rows,
  );
  expect(rows).toHaveLength(2);
});
