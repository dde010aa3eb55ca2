import axe from "axe-core";
import { expect } from "vitest";
import { recordedPlans } from "../plan/recorded.ts";
import { connectOnce } from "../tools/client.ts";
import { type Hosted, hosted, inBrowser } from "./browser.ts";

const plan = JSON.stringify(recordedPlans(18).find(({ name }) => name === "SetOp by sorting")?.json);
const schema_sql =
  "create table authors (id bigint primary key, name varchar(20)); create table books (id int primary key, author_id bigint references authors);";
const calls = [
  { name: "analyze_query", arguments: { plan } },
  { name: "review_schema", arguments: { schema_sql } },
];
const show = async (call: (typeof calls)[number], asked?: Parameters<typeof hosted>[2]) =>
  hosted(await connectOnce(undefined), call, asked);

const colours = ({ view }: Hosted) =>
  view.locator("body").evaluate((body) => {
    const { backgroundColor, color } = getComputedStyle(body);
    return { backgroundColor, color };
  });
const light = { backgroundColor: "rgb(255, 255, 255)", color: "rgb(22, 24, 29)" };
const dark = { backgroundColor: "rgb(27, 27, 29)", color: "rgb(236, 236, 240)" };

for (const call of calls) {
  inBrowser(`${call.name}: the theme is the host's, else what the reader prefers`, async () => {
    const free = await show(call);
    expect(await colours(free)).toEqual(light);
    await free.page.emulateMedia({ colorScheme: "dark" });
    expect(await colours(free)).toEqual(dark);
    const told = await show(call, { colorScheme: "light", theme: "dark" });
    expect(await colours(told)).toEqual(dark);
    await told.page.evaluate(() => changeTheme("light"));
    await expect.poll(() => colours(told)).toEqual(light);
  });

  inBrowser(`${call.name}: colours that the host names are used`, async () => {
    const variables = { "--color-background-primary": "light-dark(#eeeeff, #000011)", "--color-text-primary": "rgb(1, 2, 3)" };
    expect(await colours(await show(call, { variables }))).toEqual({ backgroundColor: "rgb(238, 238, 255)", color: "rgb(1, 2, 3)" });
  });

  inBrowser(`${call.name}: axe finds no fault, in light and dark, wide and narrow`, async () => {
    for (const [theme, width] of [
      ["light", 1000],
      ["dark", 1000],
      ["light", 400],
    ] as const) {
      const { view, page } = await show(call, { theme, width });
      await view.locator("h2").first().waitFor();
      const [, frame = page.mainFrame()] = page.frames();
      await frame.evaluate(axe.source);
      const { violations } = (await frame.evaluate("axe.run()")) as axe.AxeResults;
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))])).toEqual([]);
    }
  });

  inBrowser(`${call.name}: everything can be reached by the Tab key, and is seen when it is`, async () => {
    const { view, page } = await show(call);
    const focused = view.locator(":focus");
    const reached = new Set<string>();
    await view.locator("body").click({ position: { x: 2, y: 2 } });
    for (let tabs = 0; tabs < 40; tabs++) {
      await page.keyboard.press("Tab");
      if ((await focused.count()) === 0) break;
      reached.add(await focused.evaluate(({ outerHTML }) => outerHTML));
      expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle)).not.toBe("none");
    }
    const wanted = await view.locator("button, select, input, [tabindex='0']").evaluateAll((all) => all.map(({ outerHTML }) => outerHTML));
    expect(wanted.filter((element) => !reached.has(element))).toEqual([]);
  });
}
