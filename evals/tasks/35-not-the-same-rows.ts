import assert from "node:assert/strict";
import * as z from "zod";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const one = "select c.id from customers c left join orders o on o.customer_id = c.id where o.status <> 'cancelled'";
const other = "select c.id from customers c left join orders o on o.customer_id = c.id and o.status <> 'cancelled'";

export default task({
  level: "medium",
  question: `A colleague says that both list every customer, also those without orders. Which of them does? A: ${one} B: ${other}`,
  setting: { given: "text", schema: shop.schema, rows: `${shop.rows} delete from orders where customer_id = 4711;` },
  answer: z.object({ a: z.boolean(), b: z.boolean() }),

  async check({ a, b }, database) {
    const lists = async (sql: string) => (await database.query(`select from (${sql}) l where id = 4711`)).length > 0;
    assert.deepEqual({ a, b }, { a: await lists(one), b: await lists(other) });
  },

  async scripted(call) {
    const keeps = async (sql: string) => {
      const { findings } = await call("analyze_query", { sql, schema_sql: shop.schema });
      return !findings.some(({ rule }: { rule: string }) => rule === "query/outer-join-turned-inner");
    };
    return { a: await keeps(one), b: await keeps(other) };
  },
  naive: { a: true, b: true },
});
