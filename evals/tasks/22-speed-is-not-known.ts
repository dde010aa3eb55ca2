import assert from "node:assert/strict";
import * as z from "zod";
import { costOf } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select id, total from orders where note = 'urgent'";

export default task({
  level: "medium",
  question: `We have the schema and no statistics. By what factor does an index on orders (note) lower the planner's cost of this? null if that cannot be known: ${query}`,
  setting: { given: "text", schema: shop.schema },
  answer: z.object({ factor: z.number().nullable() }),

  async check({ factor }, database) {
    const costs = [];
    // Both are orders of this schema: of one note each, and of the same note all.
    for (const note of ["'n' || i", "'urgent'"]) {
      await database.query(`truncate orders cascade; alter table orders disable trigger all;
        insert into orders (customer_id, total, note) select 1, 1, ${note} from generate_series(1, 20000) i; analyze orders`);
      const before = await costOf(database, query);
      await database.query("create index notes on orders (note)");
      costs.push(before / (await costOf(database, query)));
      await database.query("drop index notes");
    }
    const [most = 0, least = 0] = costs;
    assert.ok(most > 20 * least, "the rows do not decide");
    assert.equal(factor, null, `with some rows it is ${most.toFixed(0)}, with others ${least.toFixed(1)}`);
  },

  async scripted(call) {
    const [index] = (await call("suggest_indexes", { queries: [{ sql: query }], schema_sql: shop.schema, row_counts: { orders: 100_000 } }))
      .indexes;
    const [helped] = index?.helps ?? [];
    const { cost_before, cost_after } = helped ?? {};
    return { factor: cost_before === undefined || cost_after === undefined ? null : cost_before / cost_after };
  },
  naive: { factor: 100 },
});
