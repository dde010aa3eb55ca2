import assert from "node:assert/strict";
import * as z from "zod";
import { task } from "../task.ts";

const schema = "create table jobs (id bigint primary key, state text not null, run_at timestamptz not null);";
const rows = "insert into jobs select i, 'waiting', '2026-01-01Z' from generate_series(1, 10) i;";

export default task({
  level: "medium",
  question: `Many workers take jobs from this table. Write the one statement by which a worker takes the next waiting job, returns its id and never waits for another worker: ${schema}`,
  setting: { given: "nothing", schema, rows },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const other = await database.second();
    await database.query("begin");
    await other.query("begin; set local lock_timeout = '1s'");
    const [one] = await database.query(sql);
    const [two] = await other.query(sql);
    await database.query("commit");
    await other.query("commit");
    assert.ok(one?.id !== undefined && two?.id !== undefined, "a worker got no job");
    assert.notEqual(one.id, two.id, "both workers have the same job");
    const [three] = await database.query(sql);
    assert.ok(three?.id !== undefined && three.id !== one.id && three.id !== two.id, "a job is given twice");
  },

  async scripted(call) {
    const { results } = await call("search_docs", { query: "two workers take jobs from a queue table" });
    const { text } = await call("search_docs", { section: `${results[0].page}#${results[0].section}` });
    const blocks: readonly string[] = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block]) => block);
    return { sql: blocks.find((block) => block.includes("skip locked")) ?? "" };
  },
  naive: {
    sql: "update jobs set state = 'running' where id = (select id from jobs where state = 'waiting' order by run_at limit 1 for update) returning id",
  },
});
