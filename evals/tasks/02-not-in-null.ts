import * as z from "zod";
import { sameRows } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select name from customers where id not in (select referred_by from customers)";

export default task({
  level: "simple",
  question: `We want the customers who referred nobody, but this returns nothing: ${query}. Write the query that returns them.`,
  setting: { given: "database", ...shop },
  answer: z.object({ sql: z.string() }),

  check: ({ sql }, database) =>
    sameRows(
      database,
      "select name from customers c where c.id not in (select referred_by from customers where referred_by is not null)",
      sql,
    ),

  async scripted(call) {
    const { findings } = await call("analyze_query", { sql: query });
    const { object } = findings.find(({ rule }: { rule: string }) => rule === "query/not-in-subquery-nullable");
    return { sql: query.replace(/\)$/, ` where ${object} is not null)`) };
  },
  naive: { sql: "select name from customers where not (id in (select referred_by from customers))" },
});
