import assert from "node:assert/strict";
import * as z from "zod";
import { costOf } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select name from customers where email = 'customer77@example.fr'";

export default task({
  level: "simple",
  question: `Which indexes should we create for this? An empty list if none: ${query}`,
  setting: { given: "database", ...shop },
  answer: z.object({ create_indexes: z.array(z.string()) }),

  async check({ create_indexes }, database) {
    const before = await costOf(database, query);
    for (const sql of create_indexes) await database.query(sql);
    const after = await costOf(database, query);
    assert.ok(create_indexes.length === 0 || after < before / 2, `its cost is ${before} without them and ${after} with them`);
    assert.ok(before < 10, "an index serves it");
  },

  async scripted(call) {
    const { indexes } = await call("suggest_indexes", { queries: [{ sql: query }] });
    return { create_indexes: indexes.map(({ sql }: { sql: string }) => sql) };
  },
  naive: { create_indexes: ["create index on customers (email, name)"] },
});
