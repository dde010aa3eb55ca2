import rule from "../../../src/rules/plan/prepared-generic-plan-risk.ts";
import { testPlanRule } from "./judged.ts";

const generic = { plan_cache_mode: "force_generic_plan" };
const byStatus = ["prepare orders_by as select * from orders where status = $1"];
const byTotal = ["prepare orders_by as select * from orders where total between $1 and $2"];

testPlanRule(rule, {
  bad: {
    "a value that is a thousand times rarer than the average": {
      sql: "execute orders_by ('refunded')",
      setup: byStatus,
      settings: generic,
      analyze: true,
      says: /^The plan was made without the value of \$1: Seq Scan on orders was expected to return 50,000 rows for any value, and for this one returned 50\.$/,
    },
    "a range that takes all, where the planner knows no ends": {
      sql: "execute orders_by (0, 1000)",
      setup: byTotal,
      settings: generic,
      analyze: true,
      says: /^The plan was made without the value of \$1, \$2: Seq Scan on orders was expected to return 1,000 rows for any value, and for these returned 200,000\.$/,
    },
    "the same in version 15, beside the value of a subquery": {
      sql: "execute orders_by ('refunded')",
      setup: ["prepare orders_by as select * from orders where status = $1 and total < (select max(high) from bands)"],
      settings: generic,
      analyze: true,
      version: 15,
      says: /^The plan was made without the value of \$1: Seq Scan on orders was expected/,
    },
  },
  good: {
    "a plan for the value": {
      sql: "execute orders_by ('refunded')",
      setup: byStatus,
      settings: { plan_cache_mode: "force_custom_plan" },
      analyze: true,
    },
    "a value as common as any": { sql: "execute orders_by ('paid')", setup: byStatus, settings: generic, analyze: true },
    "a generic plan that was not run": { sql: "execute orders_by ('refunded')", setup: byStatus, settings: generic },
    "a key": {
      sql: "execute orders_by (7)",
      setup: ["prepare orders_by as select * from orders where id = $1"],
      settings: generic,
      analyze: true,
    },
    "a scan that a LIMIT stopped": {
      sql: "execute orders_by ('paid')",
      setup: ["prepare orders_by as select * from orders where status = $1 limit 5"],
      settings: generic,
      analyze: true,
    },
    "an estimate that is wrong for another reason": {
      sql: "select * from orders where split_part(status, 'n', 1) = '' and length(note) = 60",
      analyze: true,
    },
    "the value of a subquery, which version 15 prints like a parameter": {
      sql: "select * from orders where total > (select max(low) from bands)",
      analyze: true,
      version: 15,
    },
  },
});
