import rule from "../../../src/rules/migration/partition-ddl-cascades.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table events add column note text"],
  rehearsed: {
    setup: `
create table events (day date, id int, note text) partition by range (day);
create table march partition of events for values from ('2026-03-01') to ('2026-04-01');
create table april partition of events for values from ('2026-04-01') to ('2026-05-01') partition by list (id);
create table april_1 partition of april for values in (1);
create table may (day date, id int, note text);
create table empty (id int) partition by hash (id);
create table small (id int) partition by hash (id); create table s partition of small for values with (modulus 1, remainder 0);
create table plain (id int); create table inherits () inherits (plain);`,
    rows: { events: 50_000_000, small: 10, plain: 1_000_000 },
    bad: [
      {
        sql: "alter table events add column kind text, alter column note set default ''",
        severity: "warning",
        object: "events",
        message:
          "ALTER TABLE takes an ACCESS EXCLUSIVE lock on events (about 50,000,000 rows) and on each of its partitions, 3 of them: it waits for running queries on any one, and every new query on all of them waits behind it.",
        fix: "set lock_timeout = '2s';\nalter table events add column kind text, alter column note set default '';",
      },
      "alter table events alter column note set not null",
      "alter table events drop column note",
    ],
    good: [
      "alter table events attach partition may for values from ('2026-05-01') to ('2026-06-01')",
      "alter table events detach partition march",
      "alter table only events alter column note set default ''",
      "alter table march alter column note set not null",
      "alter table empty add column a int",
      "alter table small add column a int",
      "alter table plain add column a int",
      "set lock_timeout = '2s'; alter table events add column a int",
      "alter table events rename column note to notes",
      "create table new (id int) partition by hash (id); create table n partition of new for values with (modulus 1, remainder 0); alter table new add column a int",
      "alter table events alter column note set statistics 500",
    ],
  },
});
