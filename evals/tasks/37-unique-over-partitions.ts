import assert from "node:assert/strict";
import * as z from "zod";
import { task } from "../task.ts";

const schema = `create table sales (id bigint not null, at date not null, item int not null) partition by range (at);
create table sales_2025 partition of sales for values from ('2025-01-01') to ('2026-01-01');
create table sales_2026 partition of sales for values from ('2026-01-01') to ('2027-01-01');`;
const candidates = [
  "alter table sales add primary key (id);",
  "alter table sales add primary key (id, at);",
  "create unique index on sales_2026 (id);",
];

export default task({
  level: "medium",
  question: `Which of these does Postgres accept on this schema? Their numbers.\n${schema}\n${candidates.map((sql, place) => `${place + 1}: ${sql}`).join("\n")}`,
  setting: { given: "text", schema },
  answer: z.object({ accepted: z.array(z.int()) }),

  async check({ accepted }, database) {
    const taken: number[] = [];
    for (const [place, sql] of candidates.entries()) {
      await database.query("begin");
      if (
        await database.query(sql).then(
          () => true,
          () => false,
        )
      )
        taken.push(place + 1);
      await database.query("rollback");
    }
    assert.deepEqual([...accepted].sort(), taken);
  },

  async scripted(call) {
    const accepted: number[] = [];
    for (const [place, sql] of candidates.entries()) {
      const { statements } = await call("migration_checklist", { sql, schema_sql: schema });
      if (!statements[0].refused) accepted.push(place + 1);
    }
    return { accepted };
  },
  naive: { accepted: [1, 2, 3] },
});
