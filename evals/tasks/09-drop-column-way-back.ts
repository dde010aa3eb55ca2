import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const migration = "alter table orders drop column total;";

export default task({
  level: "medium",
  question: `We deploy this tomorrow and may have to go back the same evening: ${migration} Write what runs before it, and the way back, so that no total is lost.`,
  setting: { given: "text", ...orders },
  answer: z.object({ before: z.string(), rollback: z.string() }),

  async check({ before, rollback }, database) {
    const totals = () => database.query("select id, customer_id, number, total::text, note, created_at from orders order by id");
    const types = () =>
      database.query(
        "select attname, atttypid, atttypmod, attnotnull from pg_attribute where attrelid = 'orders'::regclass and attnum > 0 and not attisdropped order by 1",
      );
    const [rows, columns] = [await totals(), await types()];
    await database.query(before);
    await database.query(migration);
    await database.query(rollback);
    assert.deepEqual(await types(), columns);
    assert.deepEqual(await totals(), rows);
  },

  async scripted(call) {
    const { rollback } = await call("migration_checklist", {
      sql: migration,
      schema_sql: orders.schema,
      row_counts: { orders: 3000, customers: 200 },
    });
    const [backup] = rollback.backups;
    return { before: backup.before, rollback: `${rollback.sql}\n${backup.restore}` };
  },
  naive: { before: "begin; commit", rollback: "alter table orders add column total numeric(10, 2)" },
});
