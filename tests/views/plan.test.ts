import { expect } from "vitest";
import { recordedPlans } from "../plan/recorded.ts";
import { connectOnce } from "../tools/client.ts";
import { hosted, inBrowser } from "./browser.ts";

const recorded = (name: string) => JSON.stringify(recordedPlans(18).find((plan) => plan.name === name)?.json);
const answered = async (plan: string) => ({ client: await connectOnce(undefined), call: { name: "analyze_query", arguments: { plan } } });

inBrowser("the plan is a tree of its nodes", async () => {
  const { client, call } = await answered(recorded("CTE Scan"));
  const { view, page, faults } = await hosted(client, call);
  expect(await view.locator("main").ariaSnapshot()).toMatchInlineSnapshot(`
    "- main:
      - heading "pass" [level=1]
      - paragraph: 9 nodes · cost 762 · planned by the caller's server
      - region "Statement": (its plan alone)
      - tree "Query plan":
        - treeitem "Aggregate, 0.01 ms, 0 %, 1 row, 1 expected" [expanded] [level=1]: Aggregate 0.01 ms, 0 % 1 of ~1 762
        - 'treeitem "CTE few: Bitmap Heap Scan on orders, 0.05 ms, 1 %, 104 rows, 111 expected" [expanded] [level=2]': "CTE few: Bitmap Heap Scan on orders 0.05 ms, 1 % 104 of ~111 219"
        - treeitem "Bitmap Index Scan on orders_total_idx, 0.01 ms, 0 %, 104 rows, 111 expected" [level=3]: Bitmap Index Scan on orders_total_idx 0.01 ms, 0 % 104 of ~111 5.12
        - 'treeitem "InitPlan 2: Aggregate, 6.32 ms, 81 %, 1 row, 1 expected" [expanded] [level=2] [selected]': "InitPlan 2: Aggregate 6.32 ms, 81 % 1 of ~1 536"
        - treeitem "Seq Scan on orders orders_1, 1.3 ms, 17 %, 20,000 rows, 20,000 expected" [level=3]: Seq Scan on orders orders_1 1.3 ms, 17 % 20,000 of ~20,000 486
        - treeitem "Hash Join, 0.02 ms, 0 %, 104 rows, 37 expected" [expanded] [level=2]: Hash Join 0.02 ms, 0 % 104 of ~37 5.97
        - treeitem "CTE Scan on few b, 0 ms, 0 %, 104 rows, 111 expected" [level=3]: CTE Scan on few b 0 ms, 0 % 104 of ~111 2.22
        - treeitem "Hash, 0.02 ms, 0 %, 104 rows, 37 expected" [expanded] [level=3]: Hash 0.02 ms, 0 % 104 of ~37 2.5
        - treeitem "CTE Scan on few a, 0.04 ms, 1 %, 104 rows, 37 expected" [level=4]: CTE Scan on few a 0.04 ms, 1 % 104 of ~37 2.5
      - region "Chosen node":
        - heading "Aggregate" [level=2]
        - paragraph: It returns 1 row.
        - term: Own time
        - definition: 6.32 ms, 81.4 % of the plan
        - term: Time with the nodes below
        - definition: 7.62 ms
        - term: Rows expected
        - definition: "1"
        - term: Rows returned
        - definition: "1"
        - term: Loops
        - definition: "1"
        - term: Planner's cost
        - definition: 536 a loop, in its own units, which are not time
      - heading "Not seen" [level=2]
      - list:
        - listitem: "nothing is known of the tables: no names, types, indexes or sizes were checked""
  `);
  await page.screenshot({ path: "/tmp/views/x/h.png" });
  expect(faults).toEqual([]);
});
