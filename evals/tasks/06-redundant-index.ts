import assert from "node:assert/strict";
import * as z from "zod";
import { costOf } from "../database.ts";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const indexes = `
create index orders_customer_idx on orders (customer_id);
create index orders_customer_created_idx on orders (customer_id, created_at);
create index orders_number_idx on orders (number);`;

export default task({
  level: "simple",
  question: "Writes to orders are slow and one of its indexes is not needed by any query that another would not serve. Which DROP INDEX?",
  setting: { given: "text", schema: orders.schema + indexes, rows: orders.rows },
  answer: z.object({ drop_index: z.string() }),

  async check({ drop_index }, database) {
    const costs = async () => {
      const found: number[] = [];
      for (const where of ["customer_id = 7", "customer_id = 7 and created_at > '2026-01-03'", "number = 'N7'"])
        found.push(await costOf(database, `select id from orders where ${where}`));
      return found;
    };
    const before = await costs();
    await database.query(drop_index);
    const left = await database.query("select indexname from pg_indexes where tablename = 'orders'");
    assert.equal(left.length, 3, "not one of the four indexes is gone");
    for (const [place, cost] of (await costs()).entries()) assert.ok(cost <= 1.2 * (before[place] ?? 0), "a query has lost its index");
  },

  async scripted(call) {
    const { findings } = await call("review_schema", { schema_sql: orders.schema + indexes });
    return { drop_index: findings.find(({ rule }: { rule: string }) => rule === "schema/redundant-index-prefix").fix };
  },
  naive: { drop_index: "drop index orders_customer_created_idx" },
});
