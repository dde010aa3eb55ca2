// What a warm analyze_query takes: CPU of the whole process, in milliseconds. The database, the demo's shop, runs in a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const ROUNDS = 30;

const queries = {
  lookup: "select id, name from customers where email = 'x@example.com'",
  three_way_join:
    "select p.name, sum(i.quantity) from order_items i join products p on p.id = i.product_id join orders o on o.id = i.order_id where p.category = 'lighting' and o.created_at > '2025-12-01Z' group by p.name",
  three_way_join_with_placeholders:
    "select o.id, c.name, i.line from orders o join customers c on c.id = o.customer_id join order_items i on i.order_id = o.id where o.created_at between $1 and $2 and c.country = $3",
  three_way_join_without_its_index:
    "select c.name, o.id, i.line from customers c join orders o on o.customer_id = c.id join order_items i on i.order_id = o.id where c.email = 'Customer77@example.fr'",
};

async function bundled(folder, name, contents) {
  const outfile = join(folder, name);
  const stdin = { contents, resolveDir: root, loader: "ts" };
  await esbuild.build({ stdin, bundle: true, format: "esm", platform: "node", packages: "external", outfile });
  return import(pathToFileURL(outfile).href);
}

/** Tells where it listens. */
async function serveShop() {
  const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
  const { schema, rows } = await bundled(folder, "shop.mjs", 'export * from "./src/demo/shop.ts";');
  rmSync(folder, { recursive: true });
  const db = await PGlite.create();
  await db.exec(schema);
  await db.exec(rows);
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await socket.start();
  process.on("disconnect", () => process.exit(0));
  process.send(socket.getServerConn());
}

export async function analyzeQueryCost() {
  const shop = fork(fileURLToPath(import.meta.url), ["shop"]);
  const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
  try {
    const [place] = await once(shop, "message");
    const code = 'export { openServices } from "./src/runtime.ts"; export { tools } from "./src/tools/index.ts";';
    const { openServices, tools } = await bundled(folder, "tools.mjs", code);
    const environment = { DATABASE_URL: `postgres://postgres@${place}/postgres?sslmode=disable` };
    const access = { level: "catalog", trusted: [], analyzeAsSuperuser: false };
    const services = openServices({ environment, access, root: pathToFileURL(root) });
    const tool = tools.find(({ name }) => name === "analyze_query");
    const context = { ...services, signal: new AbortController().signal, cause: { name: "bench" }, progress() {} };
    const measured = {};
    for (const [name, sql] of Object.entries(queries)) measured[`${name}_cpu_ms`] = await costOf(tool, tool.input.parse({ sql }), context);
    await services.close();
    return measured;
  } finally {
    shop.kill();
    rmSync(folder, { recursive: true });
  }
}

async function costOf(tool, input, context) {
  const ask = async () => tool.render(await tool.run(input, context), input);
  for (let round = 0; round < 5; round += 1) await ask();
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) await ask();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / ROUNDS / 100) / 10;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === "shop") await serveShop();
