import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { blocksNobodyLong, rehearse } from "../rehearsal.ts";
import { task } from "../task.ts";

const migration = "create index orders_customer_id_idx on orders (customer_id);";

export default task({
  level: "simple",
  question: `This migration goes to a table of five million orders that is written to day and night. Write it so that nobody waits: ${migration}`,
  setting: { given: "text", ...orders },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    blocksNobodyLong(await rehearse(database, sql), "orders");
    const made = await database.query("select from pg_index where indexrelid = 'orders_customer_id_idx'::regclass and indisvalid");
    assert.equal(made.length, 1, "the index is not there");
  },

  async scripted(call) {
    const { findings } = await call("migration_checklist", {
      sql: migration,
      schema_sql: orders.schema,
      row_counts: { orders: 5_000_000 },
    });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "migration/create-index-not-concurrent").fix };
  },
  naive: { sql: `begin; set local lock_timeout = '2s'; ${migration} commit;` },
});
