// What the tools cost a conversation: what a model reads of each before it calls one, and of its answers, on the sample shop. Tokens are
// counted as a quarter of the characters.
import { fileURLToPath } from "node:url";
import { bundled } from "./bundled.mjs";
import { startServer } from "./child.mjs";

const program = [process.execPath, fileURLToPath(new URL("../dist/index.js", import.meta.url))];
const tokens = (text) => Math.round(text.length / 4);

const query = `select c.name, count(*) from customers c join orders o on o.customer_id = c.id where o.status = 'pending' group by c.name`;
const migration = `alter table orders add column currency text not null default 'EUR';
create index orders_currency_idx on orders (currency);
alter table orders alter column total type numeric(14, 4);`;

/** Calls as a client makes them; those that need a server with traffic are not among them. */
const calls = (schema) => ({
  analyze_query: { sql: query, ...schema },
  inspect_schema: { schema_sql: schema.schema_sql },
  migration_checklist: { sql: migration, ...schema },
  review_schema: schema,
  search_docs: { query: "index is not used although it exists" },
  suggest_indexes: { queries: [{ sql: query, calls: 1000 }], ...schema },
});

/** Of the text, which is what a model is shown; `structured` is what a host gets beside it. */
async function answer(server, name, input) {
  const { content, structuredContent, isError } = await server.call(name, input);
  if (isError) throw new Error(content[0].text);
  const said = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  return { text: tokens(said), structured: tokens(JSON.stringify(structuredContent)) };
}

export async function tokenReport() {
  const { schema: schema_sql, rowCounts: row_counts } = await bundled('export { rowCounts, schema } from "./src/demo/shop.ts";');
  const server = await startServer(program);
  const { tools } = await server.request("tools/list", {});
  const asked = calls({ schema_sql, row_counts });
  const report = {};
  for (const { name, description, inputSchema } of tools) {
    const input = asked[name];
    report[name] = {
      definition: tokens(JSON.stringify({ name, description, inputSchema })),
      ...(input && { concise: await answer(server, name, input) }),
      ...(input &&
        inputSchema.properties.response_format && { detailed: await answer(server, name, { ...input, response_format: "detailed" }) }),
    };
  }
  await server.stop();
  return report;
}
