import rule from "../../../src/rules/migration/index-on-partitioned-parent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["create index on events (id)"],
  rehearsed: {
    setup: `
create table events (day date, id int, note text) partition by range (day);
create table march partition of events for values from ('2026-03-01') to ('2026-04-01');
create table april partition of events for values from ('2026-04-01') to ('2026-05-01');
create table empty (id int) partition by hash (id);
create table deep (id int, n int) partition by list (id);
create table middle partition of deep for values in (1) partition by list (n);
create table leaf partition of middle for values in (1);
create table plain (id int);`,
    rows: { events: 50_000_000 },
    bad: [
      {
        sql: "create index events_id on events (id)",
        severity: "error",
        object: "events",
        message:
          "CREATE INDEX on events (about 50,000,000 rows) builds an index on each of its partitions, 2 in all, in one statement, and every write to any of them waits until the last one is built.",
        fix: `create index events_id on only events (id);
create index concurrently march_id_idx on march (id);
create index concurrently april_id_idx on april (id);
alter index events_id attach partition march_id_idx;
alter index events_id attach partition april_id_idx;`,
      },
      {
        sql: "create index if not exists e on public.events using hash (id) where note is null",
        at: "create index if not exists e on public.events using hash (id) where note is null",
      },
      // What is below a partition is attached to the partition's index, level by level.
      { sql: "create index on deep (n)", fix: null },
      { sql: "begin; create unique index on events (day, id); commit", fix: null },
    ],
    good: [
      "create index on only events (id)",
      "create index concurrently on march (id)",
      "create index on march (id)",
      "create index on empty (id)",
      "create index on plain (id)",
      "create table new (id int) partition by hash (id); create table n partition of new for values with (modulus 1, remainder 0); create index on new (id)",
      "create index on only events (id); create index concurrently m on march (id)",
      "create index on events (nope)",
    ],
  },
});
