import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { blocksNobodyLong, rehearse } from "../rehearsal.ts";
import { task } from "../task.ts";

const migration = "alter table orders add constraint orders_customer_id_fkey foreign key (customer_id) references customers (id);";

export default task({
  level: "simple",
  question: `Both tables are large and written to. Write this so that writers do not wait while rows are looked up; in the end the constraint has to hold for all rows: ${migration}`,
  setting: { given: "text", ...orders },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const steps = await rehearse(database, sql);
    blocksNobodyLong(steps, "orders");
    blocksNobodyLong(steps, "customers");
    const [key] = await database.query("select convalidated from pg_constraint where conname = 'orders_customer_id_fkey'");
    assert.equal(key?.convalidated, true, "it does not hold for the rows that are there");
  },

  async scripted(call) {
    const { findings } = await call("migration_checklist", {
      sql: migration,
      schema_sql: orders.schema,
      row_counts: { orders: 5_000_000, customers: 800_000 },
    });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "migration/add-foreign-key-without-not-valid").fix };
  },
  naive: { sql: migration.replace(";", " not valid;") },
});
