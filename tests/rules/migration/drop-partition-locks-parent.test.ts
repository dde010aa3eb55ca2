import rule from "../../../src/rules/migration/drop-partition-locks-parent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["drop table events_march"],
  rehearsed: {
    setup: `
create table events (day date) partition by range (day);
create table march partition of events for values from ('2026-03-01') to ('2026-04-01');
create table april partition of events for values from ('2026-04-01') to ('2026-05-01');
create table small (day date) partition by range (day);
create table part partition of small default;
create table plain (id int); create table inherits () inherits (plain);`,
    rows: { events: 50_000_000, small: 10 },
    bad: [
      {
        sql: "drop table march",
        severity: "warning",
        object: "events",
        message:
          "DROP TABLE of march takes an ACCESS EXCLUSIVE lock on events (about 50,000,000 rows) too: while it waits for running queries, every new one on any partition waits behind it.",
        fix: "alter table events detach partition march concurrently;\ndrop table march;",
      },
      "drop table if exists april cascade",
      { sql: "begin; drop table april; commit", fix: null },
    ],
    good: [
      "alter table events detach partition march concurrently; drop table march",
      "set lock_timeout = '2s'; drop table march",
      "drop table part",
      "drop table plain cascade",
      "drop table inherits",
      "drop table events",
      "create table new (day date) partition by range (day); create table p partition of new default; drop table p",
      "drop table if exists may",
    ],
  },
});
