import assert from "node:assert/strict";
import * as z from "zod";
import { noScanOf } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select id, total from orders where status = 'pending'";

export default task({
  level: "medium",
  question: `Our workers ask this every second: ${query}. Always with 'pending', and few orders are. Disk and writes are dear: which one index of at most 100 kB makes it fast?`,
  setting: { given: "database", ...shop },
  answer: z.object({ create_index: z.string() }),

  async check({ create_index }, database) {
    const bytes = async () => Number((await database.query("select pg_indexes_size('orders') as bytes"))[0]?.bytes);
    const before = await bytes();
    await database.query(create_index);
    await noScanOf(database, "orders", query);
    assert.ok((await bytes()) - before <= 100 * 1024, "the index is larger");
  },

  async scripted(call) {
    const { indexes } = await call("suggest_indexes", { queries: [{ sql: query }] });
    return { create_index: indexes[0].sql };
  },
  naive: { create_index: "create index on orders (status)" },
});
