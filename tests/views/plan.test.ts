import { expect } from "vitest";
import { recordedPlans } from "../plan/recorded.ts";
import { connectOnce } from "../tools/client.ts";
import { liveShop } from "../tools/shop.ts";
import { hosted, inBrowser } from "./browser.ts";

type Asked = Parameters<typeof hosted>[2];

const recorded = (name: string) => recordedPlans(18).find((plan) => plan.name === name)?.json;

/** What a host shows of a plan that somebody passes. */
const shown = async (plan: unknown, asked?: Asked) =>
  hosted(await connectOnce(undefined), { name: "analyze_query", arguments: { plan: JSON.stringify(plan) } }, asked);

inBrowser("the plan is a tree, and its heaviest node is explained: the whole page as a screen reader has it", async () => {
  const { view, faults, requests } = await shown(recorded("Nested Loop"));
  expect(await view.locator("main").ariaSnapshot()).toMatchInlineSnapshot(`
    "- main:
      - heading "warn 1 warning" [level=1]
      - paragraph: 3 nodes · cost 62 · planned by the caller's server
      - region "Statement": (its plan alone)
      - tree "Query plan":
        - treeitem "Nested Loop 0.01 ms · 74 % of the time 0 of ~1,267 rows expected cost 62" [expanded] [level=1] [selected]
        - treeitem "Index Scan using customers_pkey on customers c 0.01 ms · 26 % of the time 19 of ~19 rows expected cost 8.61" [level=2]
        - treeitem "Index Scan using settings_pkey on settings s 1 finding 0 ms · 0 % of the time 0 of ~1,273 rows expected cost 2.16 1,270× fewer than expected" [level=2]
      - region "Chosen node":
        - heading "Nested Loop" [level=2]
        - paragraph: It returns 0 rows.
        - term: Own time
        - definition: 0.01 ms (73.7 % of the plan)
        - term: Time with the nodes below
        - definition: 0.02 ms
        - term: Rows expected
        - definition: 1,267
        - term: Rows returned
        - definition: "0"
        - term: Loops
        - definition: "1"
        - term: Planner's cost
        - definition: 62 a loop, in its own units, which are not time
      - heading "Not seen" [level=2]
      - list:
        - listitem: "nothing is known of the tables: no names, types, indexes or sizes were checked""
  `);
  expect({ faults, requests }).toEqual({ faults: [], requests: [] });
});

inBrowser("a click on a node shows its figures, what was found there, and what to run", async () => {
  const { view, heard } = await shown(recorded("Nested Loop"));
  const detail = view.getByRole("region", { name: "Chosen node" });
  await view.getByRole("treeitem").nth(1).click();
  expect(await detail.ariaSnapshot()).toMatchInlineSnapshot(`
    "- region "Chosen node":
      - heading "Index Scan using customers_pkey on customers c" [level=2]
      - paragraph: It returns 19 rows.
      - term: Own time
      - definition: 0.01 ms (26.3 % of the plan)
      - term: Time with the nodes below
      - definition: 0.01 ms
      - term: Rows expected
      - definition: "19"
      - term: Rows returned
      - definition: "19"
      - term: Loops
      - definition: "1"
      - term: Planner's cost
      - definition: 8.61 a loop, in its own units, which are not time
      - term: Blocks of 8 kB
      - definition: 3 found in memory
      - heading "Conditions" [level=3]
      - text: "Index Cond: (id < 20)""
  `);
  await view.getByRole("treeitem").nth(2).click();
  expect(await detail.ariaSnapshot()).toMatchInlineSnapshot(`
    "- region "Chosen node":
      - heading "Index Scan using settings_pkey on settings s" [level=2]
      - article:
        - paragraph:
          - strong: warning
          - text: The planner expected 1,273 rows from Index Scan using settings_pkey on settings s in 19 loops and got 0.
        - text: Fix
        - 'button "Copy: Fix"': Copy
        - region "Fix": analyze settings;
        - paragraph:
          - text: plan/row-misestimate
          - button "Why"
      - term: Own time
      - definition: 0 ms (0 % of the plan)
      - term: Time with the nodes below
      - definition: 0 ms
      - term: Rows expected
      - definition: 1,273
      - term: Rows returned
      - definition: "0"
      - term: Estimate
      - definition: "1,270× fewer than expected: it is wrong here first"
      - term: Loops
      - definition: "19"
      - term: Planner's cost
      - definition: 2.16 a loop, in its own units, which are not time
      - term: Blocks of 8 kB
      - definition: 19 found in memory
      - heading "Conditions" [level=3]
      - text: "Index Cond: (key < c.name)""
  `);
  await detail.getByRole("button", { name: "Why" }).click();
  await expect.poll(() => detail.locator(".why").textContent()).toMatch(/^## .*\{#row-misestimate\}/);
  expect((await heard()).read).toEqual(["knowledge://rules-plan/row-misestimate"]);
  await detail.getByRole("button", { name: "Why" }).click();
  expect(await detail.locator(".why").count()).toBe(0);
});

inBrowser("a host that reads no resources for its pages is not asked to", async () => {
  const { view } = await shown(recorded("Seq Scan"), { reads: false });
  expect(await view.getByText("plan/seq-scan-large-filtered").count()).toBe(1);
  expect(await view.getByRole("button", { name: "Why" }).count()).toBe(0);
});

inBrowser("keys walk through the tree, and close and open its branches", async () => {
  const { view, page } = await shown(recorded("CTE Scan"));
  const items = view.getByRole("treeitem");
  const titles = () => items.filter({ visible: true }).locator(".name").allTextContents();
  const press = async (key: string) => {
    await page.keyboard.press(key);
    return (await view.locator("[role=treeitem][aria-selected=true]:focus .name").textContent())?.trim();
  };
  const all = await titles();
  expect(await view.locator("[role=treeitem][tabindex='0']").count()).toBe(1);
  const focused = view.locator("[role=treeitem]:focus");
  for (let tabs = 0; tabs < 6 && (await focused.count()) === 0; tabs++) await page.keyboard.press("Tab");
  expect(await focused.textContent()).toContain("InitPlan 2: Aggregate");
  expect(await press("ArrowDown")).toBe("Seq Scan on orders orders_1");
  expect(await press("ArrowRight")).toBe("Seq Scan on orders orders_1");
  expect(await press("ArrowLeft")).toBe("InitPlan 2: Aggregate");
  expect(await press("ArrowLeft")).toBe("InitPlan 2: Aggregate");
  expect(await titles()).toEqual(all.filter((title) => title !== "Seq Scan on orders orders_1"));
  expect(await press("ArrowDown")).toBe("Hash Join");
  expect(await press("ArrowUp")).toBe("InitPlan 2: Aggregate");
  await press("ArrowRight");
  expect(await titles()).toEqual(all);
  expect(await press("End")).toBe("CTE Scan on few a");
  expect(await press("Home")).toBe("Aggregate");
  await press("Enter");
  expect(await titles()).toEqual(["Aggregate"]);
  expect(await press("End")).toBe("Aggregate");
  await press(" ");
  expect(await titles()).toEqual(all);
});

inBrowser("of several statements one is shown, and another can be chosen", async () => {
  const plan = [recorded("Seq Scan"), recorded("CTE Scan")];
  const { view } = await shown(plan);
  expect(await view.getByRole("treeitem").count()).toBe(1);
  const choice = view.getByRole("combobox", { name: "Statement" });
  expect(await choice.locator("option").allTextContents()).toEqual(["#1 warn: (its plan alone)", "#2 pass: (its plan alone)"]);
  await choice.selectOption("2");
  expect(await view.getByRole("treeitem").count()).toBe(9);
});

inBrowser("the index that would help is told with its undo", async () => {
  const { url } = await liveShop(18);
  const client = await connectOnce(url);
  const { view } = await hosted(client, { name: "analyze_query", arguments: { sql: "select * from orders where customer_id = 42" } });
  expect(await view.locator("header").ariaSnapshot()).toMatchInlineSnapshot(`
    "- heading "warn 1 warning" [level=1]
    - paragraph: 1 node · cost 2,126 · planned by a twin, PostgreSQL 18.6 · from live
    - region "Statement": select * from orders where customer_id = 42"
  `);
  expect(
    await view
      .locator("section", { has: view.getByRole("heading", { name: "Indexes that would help" }) })
      .last()
      .ariaSnapshot(),
  ).toMatchInlineSnapshot(`
    "- heading "Indexes that would help" [level=2]
    - article:
      - paragraph: orders · cost 2,126 → 23
      - list:
        - listitem: Seq Scan on orders -> Bitmap Heap Scan using orders_customer_id_idx on orders
      - text: Create
      - 'button "Copy: Create"': Copy
      - region "Create": create index concurrently orders_customer_id_idx on orders (customer_id);
      - text: Undo
      - 'button "Copy: Undo"': Copy
      - region "Undo": drop index concurrently orders_customer_id_idx;"
  `);
});

inBrowser("a plan too large to be drawn is drawn in part, and says so", async () => {
  const { Plan } = recorded("Seq Scan") as { Plan: Record<string, unknown> };
  const Plans = Array.from({ length: 500 }, (_, at) => ({ ...Plan, "Relation Name": `part_${at}`, "Parent Relationship": "Member" }));
  const { view } = await shown([{ Plan: { ...Plan, "Node Type": "Append", Plans } }]);
  expect(await view.getByRole("treeitem").count()).toBe(400);
  expect(await view.getByText("more are not drawn").textContent()).toBe("101 nodes more are not drawn.");
});

inBrowser("a host that keeps from the page what only the page needs has the plan as text", async () => {
  const { view } = await shown(recorded("CTE Scan"), { changed: ({ _meta, ...result }) => result });
  expect(await view.getByRole("tree").count()).toBe(0);
  expect(await view.locator("pre", { hasText: "CTE Scan on few a" }).count()).toBe(1);
});

inBrowser("what is no answer is told as the host would tell it", async () => {
  const { view } = await shown({ nothing: true });
  expect(await view.getByRole("status").textContent()).toMatch(/^invalid_argument: This is not a plan\./);
  const odd = await shown(recorded("CTE Scan"), { changed: (result) => ({ ...result, structuredContent: { statements: 1 } }) });
  expect(await odd.view.getByRole("status").textContent()).toContain("CTE Scan on few a");
});

inBrowser("the page speaks the protocol: it says who it is and how high it is, and agrees to be closed", async () => {
  const { page, heard } = await shown(recorded("CTE Scan"));
  const { initialized, sizes } = await heard();
  expect(initialized).toEqual([{ name: "backend-db-mcp-plan", version: "1.0.0" }]);
  await expect.poll(async () => (await heard()).sizes.at(-1)?.height ?? 0).toBeGreaterThan(300);
  expect(sizes.at(-1)?.width).toBe(1000);
  const frame = page.locator("#app");
  await expect
    .poll(() => frame.evaluate((shown) => (shown as unknown as { clientHeight: number }).clientHeight))
    .toBe(Math.ceil((await heard()).sizes.at(-1)?.height ?? 0));
  expect(await page.evaluate(() => tearDown())).toEqual({});
});
