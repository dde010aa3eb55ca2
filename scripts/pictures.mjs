// Draws the pictures of the README from real answers about the demo's shop: node scripts/pictures.mjs (after npm run build; needs chromium).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";

const here = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const server = here("dist/index.js");
const folder = mkdtempSync(join(tmpdir(), "pictures-"));

await esbuild.build({
  entryPoints: [here("src/demo/shop.ts")],
  outfile: join(folder, "shop.mjs"),
  format: "esm",
  logLevel: "warning",
});
const { schema, rows } = await import(pathToFileURL(join(folder, "shop.mjs")).href);
const shop = await PGlite.create();
await shop.exec(schema);
await shop.exec(rows);

const slow = `select c.name, sum(o.total)
from customers c join orders o on o.customer_id = c.id
where lower(c.email) = 'customer77@example.fr'
group by c.id order by sum(o.total) desc`;
const socket = new PGLiteSocketServer({ db: shop, port: 0, host: "127.0.0.1", maxConnections: 4 });
await socket.start();
const client = new Client({ name: "pictures", version: "1" });
const env = { DATABASE_URL: `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable` };
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [server, "--access", "analyze", "--allow-superuser-analyze"],
    env,
    stderr: "ignore",
  }),
);
const { tools } = await client.listTools();

/** The page that a tool names, with its answer in it. */
async function pageOf(name, asked) {
  const answer = await client.callTool({ name, arguments: asked });
  if (answer.isError) throw new Error(answer.content[0].text);
  const { contents } = await client.readResource({ uri: tools.find((tool) => tool.name === name)._meta.ui.resourceUri });
  const data = JSON.stringify({ answer: answer.structuredContent, picture: answer._meta["backend-db-mcp/view"] });
  const script = `<script type="application/json" id="data">${data.replaceAll("<", "\\u003c")}</script><script>`;
  const page = join(folder, `${name}.html`);
  writeFileSync(
    page,
    contents[0].text.replace("<script>", () => script),
  );
  return page;
}

const planPage = await pageOf("analyze_query", { sql: slow, analyze: true });
const schemaPage = await pageOf("review_schema", {});
await client.close();
await socket.stop();

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
async function draw(page, picture, { width, height, act }) {
  const tab = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1.5 });
  await tab.goto(pathToFileURL(page).href);
  await act?.(tab);
  await tab.screenshot({ path: here(picture) });
  await tab.close();
}
await draw(planPage, "docs/plan.png", {
  width: 1040,
  height: 480,
  act: (tab) => tab.getByRole("treeitem", { name: "customers" }).click(),
});
await draw(schemaPage, "docs/schema.png", { width: 1040, height: 660 });
await browser.close();
rmSync(folder, { recursive: true });
