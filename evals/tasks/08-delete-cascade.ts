import assert from "node:assert/strict";
import * as z from "zod";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const statement = "delete from orders where status = 'cancelled'";
const TABLES = ["customers", "events", "order_items", "orders", "products"];

export default task({
  level: "simple",
  question: `Before I run this: from which tables will it take rows? ${statement}`,
  setting: { given: "database", ...shop },
  answer: z.object({ tables: z.array(z.string()) }),

  async check({ tables }, database) {
    const rows = async (table: string) => Number((await database.query(`select count(*) as rows from ${table}`))[0]?.rows);
    const before = new Map(await Promise.all(TABLES.map(async (table) => [table, await rows(table)] as const)));
    await database.query(statement);
    const fewer: string[] = [];
    for (const table of TABLES) if ((await rows(table)) < (before.get(table) ?? 0)) fewer.push(table);
    assert.deepEqual([...tables].sort(), fewer);
  },

  async scripted(call) {
    const { reach } = await call("analyze_query", { sql: statement });
    const [{ table, foreign_keys }] = reach;
    const emptied = foreign_keys.filter(({ action }: { action: string }) => action === "cascade");
    return { tables: [table, ...emptied.map((key: { table: string }) => key.table)] };
  },
  naive: { tables: ["orders"] },
});
