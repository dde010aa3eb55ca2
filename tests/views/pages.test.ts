import { readdirSync, readFileSync } from "node:fs";
import type { Client } from "@modelcontextprotocol/client";
import { expect, test } from "vitest";
import { recordedPlans } from "../plan/recorded.ts";
import { connect, connectOnce } from "../tools/client.ts";

interface Ui {
  readonly ui?: { readonly resourceUri?: string; readonly csp?: object };
}

/** Which tool names which page. */
async function pagesOf(client: Client) {
  const { tools } = await client.listTools();
  return Object.fromEntries(
    tools.flatMap(({ name, _meta }) => {
      const uri = (_meta as Ui | undefined)?.ui?.resourceUri;
      return uri === undefined ? [] : [[name, uri] as const];
    }),
  );
}

test.each(["legacy", "auto"] as const)("tools name their pages, which are listed and read as the extension says (%s)", async (era) => {
  const client = await connect({ era });
  const pages = await pagesOf(client);
  expect(pages).toEqual({ analyze_query: "ui://backend-db-mcp/plan.html", review_schema: "ui://backend-db-mcp/schema.html" });
  const { resources } = await client.listResources();
  for (const uri of Object.values(pages)) {
    expect(resources.find((resource) => resource.uri === uri)).toMatchObject({ mimeType: "text/html;profile=mcp-app" });
    const { contents } = await client.readResource({ uri });
    expect(contents).toEqual([
      {
        uri,
        mimeType: "text/html;profile=mcp-app",
        text: expect.stringMatching(/^<!doctype html>/),
        _meta: { ui: { csp: {}, permissions: { clipboardWrite: {} }, prefersBorder: true } },
      },
    ]);
  }
});

test("a page is one file of less than 40 kB that names no other", async () => {
  const client = await connectOnce(undefined);
  for (const uri of Object.values(await pagesOf(client))) {
    const { contents } = await client.readResource({ uri });
    const text = contents.map((content) => ("text" in content ? content.text : "")).join("");
    expect(Buffer.byteLength(text)).toBeLessThan(40_000);
    expect(text.match(/https?:\/\/[^"'` )]+/g) ?? []).toEqual(text.includes("/svg") ? ["http://www.w3.org/2000/svg"] : []);
    expect(text).not.toMatch(/<link|\ssrc=|url\(|@import|fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\(/);
  }
});

test("no source of a page makes markup of text", () => {
  const folder = new URL("../../src/views/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(sources.length).toBeGreaterThan(8);
  for (const file of sources)
    expect(readFileSync(new URL(file, folder), "utf8"), file).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|\beval\b|new Function|\.srcdoc|localStorage|document\.cookie/,
    );
});

const plan = JSON.stringify(recordedPlans(18).find(({ name }) => name === "Hash Join")?.json);

test("what only the page needs stands beside a concise answer, where no model reads it", async () => {
  const client = await connectOnce(undefined);
  const call = { name: "analyze_query", arguments: { plan } };
  const { structuredContent, _meta } = await client.callTool(call);
  expect(structuredContent).toMatchObject({ plan: { tree: expect.any(String) } });
  expect(JSON.stringify(structuredContent)).not.toContain('"view"');
  const picture = _meta?.["backend-db-mcp/view"] as { plans: { statement: number; view: object }[] };
  const detailed = await client.callTool({ ...call, arguments: { plan, response_format: "detailed" } });
  expect(picture.plans).toEqual([{ statement: 1, view: (detailed.structuredContent as { plan: { view: object } }).plan.view, left: 0 }]);
});

test("of a schema with more tables than can be read, some are drawn, and the others counted", async () => {
  const schema_sql = Array.from({ length: 150 }, (_, at) => `create table t${at} (id bigint primary key, ${columns(60)});`).join("\n");
  const { _meta } = await (await connectOnce(undefined)).callTool({ name: "review_schema", arguments: { schema_sql } });
  const picture = _meta?.["backend-db-mcp/view"] as { tables: { columns: object[]; more: number }[]; left: number };
  expect([picture.tables.length, picture.left]).toEqual([120, 30]);
  expect([picture.tables[0]?.columns.length, picture.tables[0]?.more]).toEqual([40, 21]);
});

const columns = (count: number) => Array.from({ length: count }, (_, at) => `c${at} text`).join(", ");
