import * as z from "zod";
import { noScanOf } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

export default task({
  level: "medium",
  question: "Deleting a single product takes long in our shop, though products has a primary key. Which one statement mends that?",
  setting: { given: "database", ...shop },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    await database.query(sql);
    // What the foreign key asks for each product that goes.
    await noScanOf(database, "order_items", "select from only order_items x where product_id = 77 for key share of x");
  },

  async scripted(call) {
    const { findings } = await call("review_schema", { tables: ["order_items"] });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "schema/foreign-key-unindexed").fix };
  },
  naive: { sql: "create index on order_items (order_id, product_id)" },
});
