import assert from "node:assert/strict";
import * as z from "zod";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const migration = "begin;\ncreate index concurrently orders_number_idx on orders (number);\ncommit;";

export default task({
  level: "simple",
  question: `Our tool runs each migration in a transaction. Will this run, and if not, with which SQLSTATE is it refused?\n${migration}`,
  setting: { given: "text", ...orders },
  answer: z.object({ runs: z.boolean(), sqlstate: z.string().optional() }),

  async check({ runs, sqlstate }, database) {
    await database.query("begin");
    const refused = await database.query("create index concurrently orders_number_idx on orders (number)").then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
    await database.query("rollback");
    assert.deepEqual({ runs, sqlstate }, { runs: refused === undefined, sqlstate: refused });
  },

  async scripted(call) {
    const { statements } = await call("migration_checklist", { sql: migration, schema_sql: orders.schema });
    const refused = statements.find((statement: { refused?: unknown }) => statement.refused)?.refused;
    return refused ? { runs: false, sqlstate: refused.code } : { runs: true };
  },
  naive: { runs: true },
});
