import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { rehearse } from "../rehearsal.ts";
import { task } from "../task.ts";

const wider = "alter table orders alter column total type numeric(12, 2);";
const finer = "alter table orders alter column total type numeric(12, 3);";

export default task({
  level: "medium",
  question: `orders has five million rows. Which of these two makes Postgres rewrite the table? A: ${wider} B: ${finer}`,
  setting: { given: "text", ...orders },
  answer: z.object({ a: z.boolean(), b: z.boolean() }),

  async check({ a, b }, database) {
    const rewrites = async (sql: string) => {
      const { rewritten = [] } = (await rehearse(database, sql)).at(-1) ?? {};
      return rewritten.includes("orders");
    };
    assert.deepEqual({ a, b }, { a: await rewrites(wider), b: await rewrites(finer) });
  },

  async scripted(call) {
    const rewrites = async (sql: string) => {
      const { statements } = await call("migration_checklist", { sql, schema_sql: orders.schema, row_counts: { orders: 5_000_000 } });
      return statements[0].rewrites.includes("orders");
    };
    return { a: await rewrites(wider), b: await rewrites(finer) };
  },
  naive: { a: true, b: true },
});
