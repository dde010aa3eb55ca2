import rule from "../../../src/rules/plan/cte-scan-reread.ts";
import { testPlanRule } from "./judged.ts";

const priced = "with prices as materialized (select * from bands)";

testPlanRule(rule, {
  bad: {
    "a CTE that a subquery searches for each row": {
      sql: `${priced} select o.id, (select low from prices p where p.id = o.total) from orders o where id <= 1000`,
      analyze: true,
      says: /^CTE Scan on prices p goes through the rows of the CTE 1,000 times, about 100,\d00 in all, because what a CTE keeps has no index\.$/,
    },
    "the inner side of a nested loop": {
      sql: `${priced} select count(*) from settings s join prices p on p.low > length(s.key) * 400`,
      settings: { enable_material: "off" },
      analyze: true,
      says: /^CTE Scan on prices p goes through the rows of the CTE 500 times, about 50,\d+ in all/,
    },
  },
  good: {
    "a CTE that is read once": { sql: `${priced} select * from prices`, analyze: true },
    "a CTE that is read twice, by two readers": { sql: `${priced} select * from prices a join prices b using (id)`, analyze: true },
    "a CTE of few rows": {
      sql: "with cheapest as materialized (select min(low) as low from bands) select o.id, (select low from cheapest) from orders o where total < 500 and id <= 5000",
      analyze: true,
    },
    "a CTE that is not kept": {
      sql: "with prices as (select * from bands) select o.id, (select low from prices p where p.id = o.id) from orders o where id <= 1000",
      analyze: true,
    },
    "a plan that was not run": { sql: `${priced} select o.id, (select low from prices p where p.id = o.total) from orders o` },
    "a recursion that comes to its end": {
      sql: "with recursive steps (n) as (select 1 union all select n + 1 from steps where n < 2000) select sum(n) from steps",
      analyze: true,
    },
  },
});
