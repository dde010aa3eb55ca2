import assert from "node:assert/strict";
import * as z from "zod";
import type { Database } from "../database.ts";
import { orders } from "../orders.ts";
import { task } from "../task.ts";

const wanted = `${orders.schema.replace("total numeric(10, 2)", "total numeric(12, 2)").replace("  note text,\n", "  note text,\n  paid boolean not null default false,\n")}
create index orders_customer_id_idx on orders (customer_id) where not paid;
alter table orders add constraint orders_total_check check (total >= 0);`;

export default task({
  level: "medium",
  question: `Write the migration from A to B, without touching what is the same.\nA:\n${orders.schema}\nB:\n${wanted}`,
  setting: { given: "text", ...orders },
  answer: z.object({ sql: z.string() }),

  async check({ sql }, database) {
    const rows = await database.query("select count(*) from orders");
    await database.query(sql);
    const reached = await shapeOf(database);
    assert.deepEqual(await database.query("select count(*) from orders"), rows, "rows are gone");
    await database.query(`drop schema public cascade; create schema public; ${wanted}`);
    assert.deepEqual(reached, await shapeOf(database));
  },

  async scripted(call) {
    const { compared } = await call("review_schema", { schema_sql: orders.schema, compare_to: wanted });
    return { sql: compared.closing.sql };
  },
  naive: { sql: "alter table orders add column paid boolean not null; create index on orders (customer_id) where not paid" },
});

async function shapeOf(database: Database) {
  const columns = await database.query(
    `select attrelid::regclass::text as of, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, pg_get_expr(adbin, adrelid) as initial
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid in ('orders'::regclass, 'customers'::regclass) and attnum > 0 and not attisdropped order by 1, 2`,
  );
  const constraints = await database.query(
    "select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by 1",
  );
  return [columns, constraints, await database.query("select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1")];
}
