import * as z from "zod";
import { sameRows } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select id from customers where referred_by = null or country = 'FR'";

export default task({
  level: "simple",
  question: `We want the French customers and those whom nobody referred, and the latter are missing: ${query}. Write it right.`,
  setting: { given: "text", ...shop },
  answer: z.object({ sql: z.string() }),

  check: ({ sql }, database) =>
    sameRows(
      database,
      "select id from customers where coalesce(referred_by, 0) = 0 union select id from customers where country = 'FR'",
      sql,
    ),

  async scripted(call) {
    const { findings } = await call("analyze_query", { sql: query, schema_sql: shop.schema });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "query/null-equality").fix };
  },
  naive: { sql: "select id from customers where referred_by in (null) or country = 'FR'" },
});
