import { expect } from "vitest";
import { connectOnce } from "../tools/client.ts";
import { type Hosted, hosted, inBrowser } from "./browser.ts";

/** What a name, a literal or a comment may hold to get out of its place. */
const hostile = {
  markup: "<img src=x onerror=\"alert('img')\">",
  script: "</script><script>alert('script')</script>",
  comment: "--><svg onload=alert(1)><!--",
  entity: "&lt;b&gt;&#x202e;",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what somebody writes who takes the page for a template.
  template: "${alert(1)}{{constructor.constructor('alert(1)')()}}",
  link: "javascript:alert(1)",
  rtl: "שלום \u202Eevil",
  quotes: `'"\`"onmouseover="alert(1)`,
} as const;

/** Everything that was not built by the page's own code, and everything that ran, asked or broke out. */
async function escaped({ view, requests, faults }: Hosted) {
  const foreign = "img, svg [onload], [onerror], [onmouseover], a, iframe, object, embed, form, link, base, main script, main style";
  const [elements, scripts] = [await view.locator(foreign).count(), await view.locator("script").count()];
  return { elements, scripts, requests, faults };
}
const nothing = { elements: 0, scripts: 1, requests: [], faults: [] };

const widthOf = ({ view }: Hosted) => view.locator("html").evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);

const scan = (name: string) => ({
  "Node Type": "Seq Scan",
  "Relation Name": name,
  Alias: name,
  "Startup Cost": 0,
  "Total Cost": 500,
  "Plan Rows": 10,
  "Plan Width": 8,
  Filter: `(note = '${name}'::text)`,
});
const planOf = (names: readonly string[]) => [
  { Plan: { "Node Type": "Append", "Startup Cost": 0, "Total Cost": 900, "Plan Rows": 10, "Plan Width": 8, Plans: names.map(scan) } },
];
const explain = async (plan: unknown) =>
  hosted(await connectOnce(undefined), { name: "analyze_query", arguments: { plan: JSON.stringify(plan) } });

inBrowser("names and conditions of a plan are text in the page, whatever they hold", async () => {
  const names = Object.values(hostile);
  const shown = await explain(planOf(names));
  const items = shown.view.getByRole("treeitem");
  expect(await items.count()).toBe(names.length + 1);
  for (let at = 1; at <= names.length; at++) {
    await items.nth(at).click();
    await items.nth(at).hover();
  }
  expect(await shown.view.getByRole("treeitem", { name: "<img src=x onerror=" }).count()).toBe(1);
  expect(await shown.view.getByRole("treeitem", { name: "</script><script>alert('script')</script>" }).count()).toBe(1);
  expect(await shown.view.locator("[role=treeitem]", { hasText: "\u202E" }).count()).toBe(0);
  expect(await escaped(shown)).toEqual(nothing);
});

inBrowser("a statement's own text, and what is said of it, are text in the page", async () => {
  const client = await connectOnce(undefined);
  const columns = Object.values(hostile).map((text) => `'${text.replaceAll("'", "''")}' as "${text.replaceAll('"', '""')}"`);
  const shown = await hosted(client, {
    name: "analyze_query",
    arguments: { sql: `select ${columns.join(", ")} from nothing where a = null` },
  });
  expect(await shown.view.getByRole("region", { name: "Statement" }).textContent()).toContain(`as "${hostile.markup.slice(0, 10)}`);
  expect(await shown.view.locator("article.finding").count()).toBe(1);
  expect(await escaped(shown)).toEqual(nothing);
});

inBrowser("a name of ten thousand characters leaves the page as wide as it was, and readable", async () => {
  const shown = await explain(planOf(["x".repeat(10_000), "ש".repeat(10_000), "short"]));
  for (let at = 0; at < 4; at++) {
    await shown.view.getByRole("treeitem").nth(at).click();
    expect(await widthOf(shown)).toBe(0);
  }
  const box = await shown.view.getByRole("treeitem").nth(1).boundingBox();
  expect(box?.height).toBeLessThan(90);
  expect(await escaped(shown)).toEqual(nothing);
});

inBrowser("names of a schema are text in the page, whatever they hold", async () => {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const tables = Object.values(hostile).map(
    (name) =>
      `create table ${quoted(name)} (${quoted(name)} bigint primary key, ${quoted(`b ${name}`)} bigint references ${quoted(name)}, "long ${"y".repeat(40)}" text);`,
  );
  const client = await connectOnce(undefined);
  const shown = await hosted(client, { name: "review_schema", arguments: { schema_sql: tables.join("\n") } });
  const options = shown.view.getByRole("option");
  expect(await options.count()).toBe(tables.length);
  await shown.view.getByLabel("All columns").check();
  for (let at = 0; at < tables.length; at++) {
    await options.nth(at).click();
    expect(await widthOf(shown)).toBe(0);
  }
  await shown.view.getByLabel("Find a table or column").fill(hostile.markup);
  expect(await shown.view.locator(".table:not(.faded) .head").textContent()).toContain(hostile.markup);
  expect(await escaped(shown)).toEqual(nothing);
});

inBrowser("a view hears nobody but the window that holds it", async () => {
  const shown = await explain(planOf(["orders"]));
  await shown.view.locator("html").evaluate(() => {
    const forged = {
      jsonrpc: "2.0",
      method: "ui/notifications/tool-result",
      params: { content: [{ type: "text", text: "forged" }], isError: true },
    };
    globalThis.dispatchEvent(new MessageEvent("message", { data: forged }));
  });
  expect(await shown.view.getByText("forged").count()).toBe(0);
  expect(await shown.view.getByRole("treeitem").count()).toBe(2);
});
