import assert from "node:assert/strict";
import * as z from "zod";
import { task } from "../task.ts";

const query = "select id, payload from events order by payload";
const plan = `Sort  (cost=6899.06..7049.06 rows=60000 width=41) (actual time=142.1..167.9 rows=60000 loops=1)
  Sort Key: payload
  Sort Method: external merge  Disk: 3008kB
  ->  Seq Scan on events  (cost=0.00..1161.00 rows=60000 width=41) (actual time=0.01..9.6 rows=60000 loops=1)`;

export default task({
  level: "simple",
  question: `Which setting, raised to 64MB for this session, keeps this off the disk? ${query}\n${plan}`,
  setting: {
    given: "nothing",
    schema: "create table events (id bigint generated always as identity primary key, kind text not null, payload text not null);",
    rows: "insert into events (kind, payload) select 'k' || i % 9, md5(i::text) from generate_series(1, 60000) i; analyze;",
  },
  answer: z.object({ setting: z.string() }),

  async check({ setting }, database) {
    const methods = async () => {
      const rows = await database.query(`explain (analyze, costs off, timing off, summary off) ${query}`);
      return rows.map((row) => String(row["QUERY PLAN"])).join("\n");
    };
    await database.query("set work_mem = '1MB'");
    assert.match(await methods(), /Disk:/, "it is not on the disk before either");
    await database.query(`select set_config('${setting.replaceAll("'", "''")}', '64MB', false)`);
    assert.doesNotMatch(await methods(), /Disk:/, "it still goes to the disk");
  },

  async scripted(call) {
    const { findings } = await call("analyze_query", { plan });
    const { message } = findings.find(({ rule }: { rule: string }) => rule === "plan/sort-spill");
    return { setting: /\b\w+_mem\b/.exec(message)?.[0] ?? "" };
  },
  naive: { setting: "temp_buffers" },
});
