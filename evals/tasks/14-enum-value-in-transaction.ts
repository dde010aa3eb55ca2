import assert from "node:assert/strict";
import * as z from "zod";
import { shop } from "../shop.ts";
import { task } from "../task.ts";

const migration = `begin;
alter type order_status add value 'returned';
update orders set status = 'returned' where status = 'cancelled';
commit;`;

export default task({
  level: "hard",
  question: `Write this migration so that it runs, with the same end:\n${migration}`,
  setting: { given: "text", ...shop },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const count = async (status: string) =>
      (await database.query(`select count(*)::int as rows from orders where status::text = '${status}'`))[0]?.rows;
    const before = await count("cancelled");
    await database.query(sql);
    assert.deepEqual([await count("cancelled"), await count("returned")], [0, before]);
  },

  async scripted(call) {
    const { findings } = await call("migration_checklist", { sql: migration, schema_sql: shop.schema });
    const { span } = findings.find(({ rule }: { rule: string }) => rule === "migration/enum-value-used-in-same-transaction");
    // The finding has this statement put after the commit.
    const apart = migration.slice(span.start, span.end);
    return { sql: `${migration.replace(`${apart};`, "")}\n${apart};` };
  },
  naive: { sql: migration.replace("add value", "add value if not exists") },
});
