import rule from "../../../src/rules/plan/incremental-sort.ts";
import { testPlanRule } from "./judged.ts";

/** Half of the events belong to account 0, the others to one account each. */
const events = [
  "create temporary table events as select n as id, case when n <= 30000 then 0 else n end as account, md5(n::text) as name from generate_series(1, 60000) n",
  "create index on events (account)",
  "analyze events",
];
const sql = "select * from events order by account, name limit 10";

testPlanRule(rule, {
  bad: {
    "a first group that is half of the table": {
      sql,
      setup: events,
      analyze: true,
      says: /^Incremental Sort by (events\.)?account, (events\.)?name reads 30,00\d rows to return the first 10, because it has to see all rows with the same (events\.)?account; the planner expected it to read [\d,]+\.$/,
    },
  },
  good: {
    "groups as small as expected": { sql: "select * from orders order by customer_id, note limit 10", analyze: true },
    "a group that was expected to be large": {
      sql: "select * from orders order by status, note limit 10",
      setup: ["create index on orders (status)"],
      settings: { enable_sort: "off" },
      analyze: true,
    },
    "all rows, because all were asked for": {
      sql: "select * from events order by account, name",
      setup: events,
      settings: { enable_sort: "off", enable_seqscan: "off" },
      analyze: true,
    },
    "a LIMIT after the large group": { sql: `${sql} offset 30000`, setup: events, settings: { enable_sort: "off" }, analyze: true },
    "a plan that was not run": { sql, setup: events },
  },
});
