import { expect } from "vitest";
import { connectOnce } from "../tools/client.ts";
import { liveShop } from "../tools/shop.ts";
import { hosted, inBrowser } from "./browser.ts";

inBrowser("shots", async () => {
  const { url } = await liveShop(18);
  const client = await connectOnce(url);
  const a = await hosted(client, { name: "analyze_query", arguments: { sql: "select c.email, sum(o.total) from orders o join customers c on c.id = o.customer_id where o.created_at > '2024-01-01' group by c.email order by 2 desc limit 5" } });
  await a.page.screenshot({ path: "/tmp/views/x/p1.png" });
  const b = await hosted(client, { name: "review_schema", arguments: {} }, { colorScheme: "dark" });
  await b.page.screenshot({ path: "/tmp/views/x/s1.png" });
  await b.view.getByLabel("All columns").check();
  await b.view.getByRole("button", { name: "Fit" }).click();
  await b.page.screenshot({ path: "/tmp/views/x/s2.png" });
  expect([...a.faults, ...b.faults]).toEqual([]);
});
