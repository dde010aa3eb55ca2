import assert from "node:assert/strict";
import * as z from "zod";
import { run } from "../database.ts";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const rename = "alter table orders rename column note to remark;";

export default task({
  level: "hard",
  question: `While we deploy, the old release reads and writes orders.note and the new one orders.remark, for an hour, on the same table. Write what takes the place of: ${rename}`,
  setting: { given: "text", schema: orders.schema, rows: `${orders.rows} update orders set note = 'n' || id;` },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    await run(database, sql);
    const both = async (id: number) => {
      const [row] = await database.query(`select note, remark from orders where id = ${id}`);
      return [row?.note, row?.remark];
    };
    assert.deepEqual(await both(7), ["n7", "n7"], "a row that was there");
    await database.query(
      "update orders set note = 'by the old release' where id = 8; update orders set remark = 'by the new release' where id = 9",
    );
    assert.deepEqual(await both(8), Array(2).fill("by the old release"));
    assert.deepEqual(await both(9), Array(2).fill("by the new release"));
    const insert = async (column: string) =>
      Number((await database.query(`insert into orders (customer_id, number, ${column}) values (1, 'N', 'new') returning id::int`))[0]?.id);
    assert.deepEqual(await both(await insert("note")), ["new", "new"]);
    assert.deepEqual(await both(await insert("remark")), ["new", "new"]);
  },

  async scripted(call) {
    const { findings } = await call("migration_checklist", { sql: rename, schema_sql: orders.schema, row_counts: { orders: 5_000_000 } });
    return { sql: findings.find(({ rule }: { rule: string }) => rule === "migration/rename-column").fix };
  },
  naive: { sql: "alter table orders add column remark text generated always as (note) stored" },
});
