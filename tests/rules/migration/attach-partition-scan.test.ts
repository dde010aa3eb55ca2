import rule from "../../../src/rules/migration/attach-partition-scan.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table events attach partition march for values from (1) to (2)",
      severity: "error",
      object: "march",
      message:
        "ATTACH PARTITION reads all of march to see that every row belongs into events, under an ACCESS EXCLUSIVE lock on march: a verified CHECK of the same bounds spares it that.",
    },
    { sql: 'alter table app."Events" attach partition app."March" for values in (1, 2)', object: 'app."March"' },
    "begin; alter table events attach partition march for values in (1); commit",
    "create table notes (id int); alter table events attach partition march for values in (1)",
    "alter table if exists events attach partition march for values with (modulus 4, remainder 0)",
  ],
  good: [
    "create table march (like events); alter table events attach partition march for values in (1)",
    "create table march partition of events for values in (1)",
    "alter table events attach partition rest default",
    "alter table events detach partition march",
    "alter index events_idx attach partition march_idx",
  ],
  rehearsed: {
    setup: `
      create table events (id int not null, k int not null) partition by range (k);
      create table march (id int not null, k int not null);
      create table april (id int not null, k int not null, check (k >= 4 and k < 5));
      create table empty (id int not null, k int not null)`,
    rows: { march: 80_000_000, empty: 0 },
    bad: [
      { sql: "alter table events attach partition march for values from (3) to (4)", severity: "error", object: "march" },
      "alter table april drop constraint april_k_check; alter table events attach partition april for values from (4) to (5)",
    ],
    good: [
      "alter table events attach partition april for values from (4) to (5)",
      "alter table events attach partition empty for values from (5) to (6)",
    ],
  },
});
