import assert from "node:assert/strict";
import * as z from "zod";
import { nodesOf } from "../database.ts";
import { task } from "../task.ts";

const latest = "select id, total from orders where customer_id = 47 order by created_at desc limit 10";
const since = "select count(*) from orders where customer_id = 47 and created_at > '2026-06-01'";

export default task({
  level: "medium",
  question: `We can afford one index on orders. Which one serves both, so that neither sorts nor reads rows that it throws away? ${latest}; ${since}`,
  setting: {
    given: "database",
    schema:
      "create table orders (id bigint generated always as identity primary key, customer_id bigint not null, total numeric not null, created_at timestamptz not null);",
    rows: "insert into orders (customer_id, total, created_at) select i % 100, i % 77, timestamptz '2026-01-01Z' + i * interval '4 min' from generate_series(1, 100000) i; analyze;",
  },
  answer: z.object({ create_index: z.string() }),

  async check({ create_index }, database) {
    await database.query(create_index);
    for (const query of [latest, since]) {
      const types = (await nodesOf(database, query)).map((node) => node["Node Type"]);
      assert.ok(!types.some((type) => /Sort|Seq Scan/.test(type)), `${query}: ${types}`);
      const [row] = await database.query(`explain (analyze, format json) ${query}`);
      assert.doesNotMatch(JSON.stringify(row), /"Rows Removed by (Filter|Index Recheck)":[1-9]/);
    }
  },

  async scripted(call) {
    const { indexes } = await call("suggest_indexes", { queries: [{ sql: latest }, { sql: since }], max_indexes: 1 });
    return { create_index: indexes[0].sql };
  },
  naive: { create_index: "create index on orders (customer_id)" },
});
