import * as z from "zod";
import { noScanOf, sameRows } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select id, total from orders where date_trunc('month', created_at) = '2026-01-01'";

export default task({
  level: "simple",
  question: `The report of one month reads all orders, though orders.created_at has an index: ${query}. Write it so that the index that is there is used.`,
  setting: { given: "database", ...shop },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    await sameRows(database, query, sql);
    await noScanOf(database, "orders", sql);
  },

  async scripted(call) {
    const { rewrites } = await call("analyze_query", { sql: query });
    return { sql: rewrites[0].sql };
  },
  // The cast hides the column just as well.
  naive: { sql: "select id, total from orders where created_at::date between '2026-01-01' and '2026-01-31'" },
});
