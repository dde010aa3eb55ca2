import * as z from "zod";
import { noScanOf } from "../database.ts";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const query = "select id, name from customers where lower(email) = 'customer77@example.fr'";

export default task({
  level: "simple",
  question: `This is slow in our shop, though customers.email has an index: ${query}. Which one index makes it fast?`,
  setting: { given: "database", ...shop },
  answer: z.object({ create_index: z.string() }),

  async check({ create_index }, database) {
    await database.query(create_index);
    await noScanOf(database, "customers", query);
  },

  async scripted(call) {
    const { indexes } = await call("suggest_indexes", { sql: query });
    return { create_index: indexes[0].sql };
  },
  naive: { create_index: "create index on customers (email)" },
});
