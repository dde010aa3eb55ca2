import assert from "node:assert/strict";
import * as z from "zod";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

export default task({
  level: "simple",
  question: "Which tables of our database have a foreign key to customers?",
  setting: { given: "database", ...shop },
  answer: z.object({ tables: z.array(z.string()) }),

  async check({ tables }, database) {
    const found = await database.query(
      "select distinct conrelid::regclass::text as name from pg_constraint where contype = 'f' and confrelid = 'customers'::regclass order by 1",
    );
    assert.deepEqual(
      [...tables].sort(),
      found.map(({ name }) => name),
    );
  },

  async scripted(call) {
    const { tables } = await call("inspect_schema", {});
    const isTo = ({ foreign_keys = [] }: { foreign_keys?: readonly string[] }) => foreign_keys.some((key) => key.endsWith("-> customers"));
    return { tables: tables.filter(isTo).map(({ name }: { name: string }) => name) };
  },
  naive: { tables: ["orders", "events"] },
});
