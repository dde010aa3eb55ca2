import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { rehearse } from "../rehearsal.ts";
import { task } from "../task.ts";

const constraint = "\nalter table orders add constraint orders_total_check check (total >= 0) not valid;";
const validate = "alter table orders validate constraint orders_total_check;";

export default task({
  level: "simple",
  question: `Which lock does this hold on orders while it reads the rows? Its name as the manual writes it, such as SHARE or ACCESS EXCLUSIVE: ${validate}`,
  setting: { given: "text", schema: orders.schema + constraint, rows: orders.rows },
  answer: z.object({ mode: z.string() }),

  async check({ mode }, database) {
    const [{ locks } = { locks: [] }] = await rehearse(database, validate);
    const held = locks.filter((lock) => lock.startsWith("orders ")).map((lock) => lock.replace(/^orders |Lock$/g, "").toLowerCase());
    assert.deepEqual([mode.replaceAll(/\s/g, "").toLowerCase()], held);
  },

  async scripted(call) {
    const { statements } = await call("migration_checklist", { sql: validate, schema_sql: orders.schema + constraint });
    return { mode: statements[0].locks.find(({ relation }: { relation: string }) => relation === "orders").mode };
  },
  naive: { mode: "ACCESS EXCLUSIVE" },
});
