import assert from "node:assert/strict";
import * as z from "zod";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const update = "update products set price = products.price * 1.1 from order_items where order_items.order_id = 4711";

export default task({
  level: "medium",
  question: `This is meant to raise the price of the products of one order: ${update}. How many products does it change? "all", "some" or "none"?`,
  setting: { given: "database", ...shop },
  answer: z.object({ products: z.enum(["all", "some", "none"]) }),

  async check({ products }, database) {
    await database.query("begin");
    const changed = Number(
      (await database.query(`with changed as (${update} returning products.id) select count(*) as rows from changed`))[0]?.rows,
    );
    const all = Number((await database.query("select count(*) as rows from products"))[0]?.rows);
    await database.query("rollback");
    assert.equal(products, changed === all ? "all" : changed === 0 ? "none" : "some");
  },

  async scripted(call) {
    const { findings } = await call("analyze_query", { sql: update });
    const untied = findings.some(({ rule }: { rule: string }) => rule === "query/update-from-without-join");
    return { products: untied ? "all" : "some" };
  },
  naive: { products: "some" },
});
