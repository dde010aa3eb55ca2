import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** A page that a host shows in a frame (MCP Apps, SEP-1865). */
export interface View {
  readonly name: "plan" | "schema";
  readonly title: string;
  readonly description: string;
}

export const views: readonly View[] = [
  {
    name: "plan",
    title: "Query plan",
    description: "The plan of a query as a tree: what each node takes, expects and returns, and what to do about it",
  },
  {
    name: "schema",
    title: "Entity-relationship diagram",
    description: "The tables of a schema, their foreign keys, and what was found in them",
  },
];

export const uriOf = (name: View["name"]): string => `ui://backend-db-mcp/${name}.html`;

/** https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx, "UI Resource Format". */
export const VIEW_TYPE = "text/html;profile=mcp-app";

export interface Views {
  /** The whole page, with its script and style in it. */
  page(name: View["name"]): Promise<string>;
}

/** `folder` is where build.mjs puts them. */
export const viewsIn = (folder: URL): Views => ({ page: (name) => readFile(new URL(`${name}.html`, folder), "utf8") });

/** How a page with data in it begins, so that no other file is taken for one. */
const MARK = "<!doctype html><!-- backend-db-mcp view -->";

export const isView = (text: string): boolean => text.startsWith(MARK);

/** The page with what it draws in it: a file that needs no host. Its policy admits the script and style of the page, and no network. */
export function withData(page: string, data: object): string {
  const [script, style] = [inner(page, "script"), inner(page, "style")];
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const island = JSON.stringify(data).replaceAll("<", "\\u003c");
  return page
    .replace("<!doctype html>", MARK)
    .replace("<title>", `<meta http-equiv="Content-Security-Policy" content="${policy}"><title>`)
    .replace("<script>", () => `<script type="application/json" id="data">${island}</script><script>`);
}

const inner = (page: string, tag: string) => page.slice(page.indexOf(`<${tag}>`) + tag.length + 2, page.lastIndexOf(`</${tag}>`));

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
