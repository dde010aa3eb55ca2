import rule from "../../../src/rules/migration/refresh-matview-not-concurrent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "refresh materialized view totals",
      severity: "warning",
      object: "totals",
      message: "REFRESH MATERIALIZED VIEW holds an ACCESS EXCLUSIVE lock on totals while its query runs: nobody can read it meanwhile.",
      fix: null,
    },
    { sql: 'refresh materialized view app."Totals" with data', object: 'app."Totals"' },
    "begin; refresh materialized view totals; commit",
    "create table notes (id int); refresh materialized view totals",
    "create materialized view sums as select 1; refresh materialized view totals",
  ],
  good: [
    "refresh materialized view concurrently totals",
    "refresh materialized view totals with no data",
    "create materialized view totals as select 1; refresh materialized view totals",
    "create materialized view totals as select 1 with no data",
    "select * from totals",
  ],
  rehearsed: {
    setup: `
      create table orders (id bigint, total numeric);
      create materialized view plain as select id from orders;
      create materialized view keyed as select id from orders;
      create unique index on keyed (id);
      create materialized view partly as select id from orders;
      create unique index on partly (id) where id > 0`,
    bad: [
      { sql: "refresh materialized view plain", fix: null },
      { sql: "refresh materialized view partly", fix: null },
      { sql: "refresh materialized view keyed", fix: "refresh materialized view concurrently keyed;" },
    ],
    good: ["refresh materialized view concurrently keyed"],
  },
});
