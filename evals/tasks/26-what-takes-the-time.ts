import assert from "node:assert/strict";
import * as z from "zod";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

/** The one that is slowest by far runs once; the one that takes the time is quick and runs often. */
const SLOWEST = "select count(*) from orders o join order_items i on i.order_id = o.id where o.total > 10";
const OFTEN = "select id, total from orders where note = 'n'";
const activity = `${SLOWEST}; do $$ begin for i in 1..80 loop perform id, total from orders where note = 'n'; end loop; end $$; ${Array(60).fill(OFTEN).join("; ")}`;

export default task({
  level: "medium",
  question: "Our database is busy. Which column of which table is compared by the statement that takes most of the server's time in all?",
  setting: { given: "database", schema: `create extension pg_stat_statements; ${shop.schema}`, rows: shop.rows, activity },
  answer: z.object({ table: z.string(), column: z.string() }),

  async check(answer, database) {
    await database.query("select pg_stat_statements_reset(0, (select oid from pg_database where datname = current_database()), 0)");
    await database.query(activity);
    const [first] = await database.query(
      "select query from pg_stat_statements s join pg_database d on d.oid = s.dbid where datname = current_database() and query ilike 'select%' order by total_exec_time desc limit 1",
    );
    assert.match(String(first?.query), /from orders where note =/, "the slowest is another");
    assert.deepEqual(answer, { table: "orders", column: "note" });
  },

  async scripted(call) {
    const { queries } = await call("find_slow_queries", {});
    const [, table = "", column = ""] = /from (\w+) where (\w+) =/.exec(queries[0].sql) ?? [];
    return { table, column };
  },
  naive: { table: "order_items", column: "order_id" },
});
