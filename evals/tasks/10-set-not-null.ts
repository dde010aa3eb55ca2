import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { blocksNobodyLong, rehearse } from "../rehearsal.ts";
import { task } from "../task.ts";

const migration = "alter table orders alter column total set not null;";

export default task({
  level: "medium",
  question: `orders has five million rows and is written to all day. Write this so that no statement reads the table while writers wait, and leave nothing behind: ${migration}`,
  setting: { given: "text", ...orders },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    blocksNobodyLong(await rehearse(database, sql), "orders");
    const [column] = await database.query("select attnotnull from pg_attribute where attrelid = 'orders'::regclass and attname = 'total'");
    assert.equal(column?.attnotnull, true, "total may still be NULL");
    const checks = await database.query("select conname from pg_constraint where conrelid = 'orders'::regclass and contype = 'c'");
    assert.deepEqual(checks, [], "a CHECK is left behind");
  },

  async scripted(call) {
    const { findings } = await call("migration_checklist", {
      sql: migration,
      schema_sql: orders.schema,
      row_counts: { orders: 5_000_000 },
    });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "migration/set-not-null-scan").fix };
  },
  naive: { sql: `set lock_timeout = '5s'; ${migration}` },
});
