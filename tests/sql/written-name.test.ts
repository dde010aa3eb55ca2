import { expect, test } from "vitest";
import { readingsOf } from "../../src/sql/written-name.ts";

test.each([
  ["Orders", [{ name: "Orders" }, { name: "Orders" }, { name: "orders" }]],
  ["app.Orders", [{ name: "app.Orders" }, { schema: "app", name: "Orders" }, { schema: "app", name: "orders" }]],
  ['"Odd ""one"""."a.b"', [expect.anything(), expect.anything(), { schema: 'Odd "one"', name: "a.b" }]],
  ["a.b.c", [{ name: "a.b.c" }]],
  ["", [{ name: "" }]],
])("%j is read as it stands, then in its parts, then folded", (written, readings) => {
  expect(readingsOf(written)).toEqual(readings);
});
