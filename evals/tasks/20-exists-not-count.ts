import assert from "node:assert/strict";
import * as z from "zod";
import { costOf, nodesOf, sameRows } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select c.id from customers c where (select count(*) from orders o where o.customer_id = c.id) > 0";

export default task({
  level: "medium",
  question: `Which customers have ordered? This runs for minutes, and we may add no index: ${query}. Write it so that orders is read once.`,
  setting: { given: "database", ...shop },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    // Whole, the slow one reads two thousand million rows.
    const few = (text: string) => text.replace(/\bcustomers c\b/, "(select * from customers where id <= 40) c");
    await sameRows(database, few(query), few(sql));
    const reads = (await nodesOf(database, sql)).filter((node) => node["Relation Name"] === "orders");
    assert.equal(reads.length, 1);
    assert.ok((await costOf(database, sql)) < (await costOf(database, query)) / 1000, "the planner expects it to be as slow");
  },

  async scripted(call) {
    const { findings } = await call("analyze_query", { sql: query });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "query/count-star-for-existence").fix };
  },
  // It sees to the rows one by one all the same.
  naive: { sql: "select c.id from customers c where (select o.id from orders o where o.customer_id = c.id limit 1) is not null" },
});
