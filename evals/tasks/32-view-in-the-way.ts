import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const view = "\ncreate view open_orders as select id, total from orders where note is null;";
const migration = "alter table orders drop column total;";

export default task({
  level: "simple",
  question: `Will this run? If not, with which SQLSTATE does Postgres refuse it? ${migration}`,
  setting: { given: "text", schema: orders.schema + view, rows: orders.rows },
  answer: z.object({ runs: z.boolean(), sqlstate: z.string().optional() }),

  async check({ runs, sqlstate }, database) {
    const refused = await database.query(migration).then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
    assert.deepEqual({ runs, sqlstate }, { runs: refused === undefined, sqlstate: refused });
  },

  async scripted(call) {
    const { statements } = await call("migration_checklist", { sql: migration, schema_sql: orders.schema + view });
    const { refused } = statements[0];
    return refused ? { runs: false, sqlstate: refused.code } : { runs: true };
  },
  naive: { runs: true },
});
