import rule from "../../../src/rules/migration/attach-partition-default-scan.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["alter table events attach partition march for values in (3)", "create table march partition of events for values in (3)"],
  rehearsed: {
    setup: `
      create table events (id int not null, k int not null) partition by range (k);
      create table rest partition of events default;
      create table march (id int not null, k int not null, check (k >= 3 and k < 4));
      create table other (k int not null) partition by range (k);
      create table other_rest partition of other default;
      alter table other_rest add check (k > 100)`,
    rows: { rest: 900_000_000 },
    bad: [
      {
        sql: "alter table events attach partition march for values from (3) to (4)",
        severity: "error",
        object: "rest",
        message:
          "Rows of march may be in the default partition, so Postgres reads all of rest (about 900,000,000 rows), under an ACCESS EXCLUSIVE lock on it: a verified CHECK there that leaves the new bounds out spares it that.",
      },
      "begin; alter table events attach partition march for values from (3) to (4); commit",
    ],
    good: [
      "create table five partition of other for values from (5) to (6)",
      "alter table events detach partition rest; alter table events attach partition march for values from (3) to (4)",
      "create table six (k int not null, check (k >= 6 and k < 7)); alter table other attach partition six for values from (6) to (7)",
      "create table apart (id int, k int)",
    ],
  },
});
