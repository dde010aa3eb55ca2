// What one EXPLAIN costs in a warm twin: CPU of the whole process, in milliseconds.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const ROUNDS = 500;

const queries = {
  lookup: "select * from orders where id = 7",
  three_way_join:
    "select c.name, count(*) from customers c join orders o on o.customer_id = c.id join items i on i.order_id = o.id where c.country = 'DE' and o.placed > now() - interval '7 days' group by c.name",
};

const schema = [
  "create table public.customers (id bigint primary key, name text, country text)",
  "create table public.orders (id bigint primary key, customer_id bigint references public.customers, placed timestamptz)",
  "create table public.items (id bigint primary key, order_id bigint references public.orders, sku text)",
  "create index on public.orders (customer_id, placed)",
  "create index on public.items (order_id)",
];

export async function explainCost() {
  const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
  try {
    const outfile = join(folder, "twin.mjs");
    await esbuild.build({
      entryPoints: [join(root, "src/twin/twin.ts")],
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outfile,
    });
    const { openTwin } = await import(pathToFileURL(outfile).href);
    const twin = openTwin({ folder: pathToFileURL(join(root, "dist/")) });
    const costs = await twin.use({ sortsByBytes: true, extensions: [] }, async (session) => {
      await session.run(schema);
      const measured = {};
      for (const [name, sql] of Object.entries(queries)) measured[`${name}_cpu_ms`] = await costOf(session, sql);
      return measured;
    });
    await twin.close();
    return costs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function costOf(session, sql) {
  const ask = async () => {
    const { refused } = await session.explain({ sql, searchPath: ["public"], generic: false });
    if (refused) throw new Error(refused.message);
  };
  for (let round = 0; round < 50; round += 1) await ask();
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) await ask();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / ROUNDS / 10) / 100;
}
