import assert from "node:assert/strict";
import * as z from "zod";
import { task } from "../task.ts";

const schema =
  "create table settings (account_id bigint not null, key text not null, value text not null, changed_at timestamptz not null default now(), primary key (account_id, key));";

export default task({
  level: "medium",
  question: `Many servers set the same settings at the same time. Write the one statement that sets $3 as the value of key $2 of account $1, whether it is there or not, and never fails with a duplicate key: ${schema}`,
  setting: { given: "nothing", schema },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const other = await database.second();
    const prepared = `prepare set_value (bigint, text, text) as ${sql}`;
    await database.query(prepared);
    await other.query(prepared);
    await database.query("begin");
    await database.query("execute set_value (1, 'colour', 'red')");
    // It waits for the first to end, and then finds its row.
    const second = other.query("execute set_value (1, 'colour', 'blue')").then(
      () => undefined,
      (error: Error) => error.message,
    );
    await database.query("select pg_sleep(0.2)");
    await database.query("commit");
    assert.equal(await second, undefined, "the second one fails");
    assert.deepEqual(await database.query("select value from settings"), [{ value: "blue" }]);
  },

  async scripted(call) {
    const { results } = await call("search_docs", { query: "insert if it does not exist yet, two clients at once: upsert" });
    const { text } = await call("search_docs", { section: `${results[0].page}#${results[0].section}` });
    const blocks: readonly string[] = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block]) => block);
    return { sql: blocks.find((block) => block.includes("on conflict")) ?? "" };
  },
  naive: {
    sql: "insert into settings (account_id, key, value) select $1, $2, $3 where not exists (select from settings where account_id = $1 and key = $2)",
  },
});
