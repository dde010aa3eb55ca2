import assert from "node:assert/strict";
import * as z from "zod";
import { costOf, sameRows } from "../database.ts";
import { task } from "../task.ts";

const page = (offset: number) => `select id, total from orders order by created_at desc, id desc limit 20 offset ${offset}`;

export default task({
  level: "hard",
  question: `Page 2001 takes long: ${page(40_000)}. Write the statement for the page after a row whose created_at is $1 and whose id is $2, which costs the same for every page.`,
  setting: {
    given: "database",
    schema: `create table orders (id bigint generated always as identity primary key, total numeric not null, created_at timestamptz not null);
      create index orders_created_at_id_idx on orders (created_at, id);`,
    // Many of the same moment, and none in the order of their ids.
    rows: "insert into orders (total, created_at) select i % 77, timestamptz '2026-01-01Z' + i * 7919 % 30011 * interval '1 min' from generate_series(1, 60000) i; analyze;",
  },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    for (const offset of [20, 40_000]) {
      const [last] = await database.query(
        `select created_at::text as at, id from (${page(offset - 20)}) p join orders using (id) order by created_at, id limit 1`,
      );
      const asked = sql.replaceAll("$1", `'${last?.at}'::timestamptz`).replaceAll("$2", `${last?.id}`);
      await sameRows(database, page(offset), asked);
      assert.ok((await costOf(database, asked)) < (await costOf(database, page(40_000))) / 20, "it costs more the further it is");
    }
  },

  async scripted(call) {
    const { rewrites } = await call("analyze_query", { sql: page(40_000) });
    return { sql: rewrites[0].sql };
  },
  // Rows of the same moment are lost between pages.
  naive: { sql: "select id, total from orders where created_at < $1 order by created_at desc, id desc limit 20" },
});
