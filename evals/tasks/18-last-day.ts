import * as z from "zod";
import { sameRows } from "../database.ts";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const query = "select id, total from orders where created_at between '2026-01-01' and '2026-01-31'";

export default task({
  level: "simple",
  question: `This is to list the orders of January 2026, and some are missing: ${query}. Write it right.`,
  setting: { given: "text", schema: orders.schema, rows: orders.rows.replace("1 minute", "1 hour") },
  answer: z.object({ sql: z.string() }),

  check: ({ sql }, database) => sameRows(database, "select id, total from orders where to_char(created_at, 'YYYY-MM') = '2026-01'", sql),

  async scripted(call) {
    const { findings } = await call("analyze_query", { sql: query, schema_sql: orders.schema });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "query/between-timestamps").fix };
  },
  // The first moment of February is in it.
  naive: { sql: "select id, total from orders where created_at between '2026-01-01' and '2026-02-01'" },
});
