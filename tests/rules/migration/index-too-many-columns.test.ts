import rule from "../../../src/rules/migration/index-too-many-columns.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create index concurrently on app.users (a, b, lower(c), d desc)",
      severity: "info",
      object: "app.users",
      message:
        "This index on app.users has 4 keys, each of which makes it larger and every write dearer, while conditions on the last ones seldom narrow the scan: keep those that are asked with =, and INCLUDE the others.",
      fix: null,
    },
    "create index on users (a, b, c, d, e) where a is not null",
  ],
  good: [
    "create index on users (a, b, c)",
    "create index on users (a, b, c) include (d, e)",
    "create unique index on users (a, b, c, d)",
    "create index on users using gin (a, b, c, d)",
    "create index on users using brin (a, b, c, d)",
    "alter table users add primary key (a, b, c, d)",
  ],
});
