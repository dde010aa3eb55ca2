import rule from "../../../src/rules/migration/attach-partition-builds-index.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table events attach partition march for values in (3)", "create table march partition of events for values in (3)"],
  rehearsed: {
    setup: `
      create table events (id int not null, k int not null) partition by range (k);
      create index by_id on events (id);
      create table march (id int not null, k int not null);
      create table april (id int not null, k int not null);
      create index on april (id)`,
    rows: { march: 70_000_000 },
    bad: [
      {
        sql: "alter table events attach partition march for values from (3) to (4)",
        severity: "error",
        object: "march",
        message:
          "events has indexes that march lacks, so ATTACH PARTITION builds march_id_idx over all of march (about 70,000,000 rows), under an ACCESS EXCLUSIVE lock on it: build them concurrently before.",
      },
    ],
    good: [
      "alter table events attach partition april for values from (4) to (5)",
      "create index concurrently on march (id); alter table events attach partition march for values from (3) to (4)",
      "create table may (like events); alter table events attach partition may for values from (5) to (6)",
    ],
  },
});
