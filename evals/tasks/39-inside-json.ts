import * as z from "zod";
import { noScanOf } from "../database.ts";
import { task } from "../task.ts";

const query = `select sku from products where attributes @> '{"colour": "c77"}'`;

export default task({
  level: "simple",
  question: `attributes is jsonb. Which index serves this? ${query}`,
  setting: {
    given: "database",
    schema: "create table products (id bigint generated always as identity primary key, sku text not null, attributes jsonb not null);",
    rows: "insert into products (sku, attributes) select 's' || i, jsonb_build_object('colour', 'c' || i % 900, 'size', i % 7) from generate_series(1, 20000) i; analyze;",
  },
  answer: z.object({ create_index: z.string() }),

  async check({ create_index }, database) {
    await database.query(create_index);
    await noScanOf(database, "products", query);
  },

  async scripted(call) {
    const { indexes } = await call("suggest_indexes", { queries: [{ sql: query }] });
    return { create_index: indexes[0].sql };
  },
  naive: { create_index: "create index on products ((attributes ->> 'colour'))" },
});
