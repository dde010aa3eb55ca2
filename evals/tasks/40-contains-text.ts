import * as z from "zod";
import { noScanOf, run, sameRows } from "../database.ts";
import { task } from "../task.ts";

const query = "select id from people where name like '%7712%'";

export default task({
  level: "hard",
  question: `Make this fast without changing it or its rows. Write the SQL, with whatever it needs: ${query}`,
  setting: {
    given: "database",
    schema: "create table people (id bigint generated always as identity primary key, name text not null);",
    rows: "insert into people (name) select 'name ' || i || ' ' || md5(i::text) from generate_series(1, 30000) i; analyze;",
  },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const slow = `select id from people where position('7712' in name) > 0`;
    await run(database, sql);
    await noScanOf(database, "people", query);
    await sameRows(database, slow, query);
  },

  async scripted(call) {
    const { indexes } = await call("suggest_indexes", { queries: [{ sql: query }] });
    return { sql: indexes[0].sql };
  },
  naive: { sql: "create index on people (name text_pattern_ops)" },
});
