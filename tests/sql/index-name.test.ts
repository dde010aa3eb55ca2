import { expect, test } from "vitest";
import { indexName } from "../../src/sql/index-name.ts";

test("an advised index is named by its table and the words of its keys", () => {
  expect(indexName({ table: "users", keys: ["lower(email)"], taken: [] })).toBe("users_lower_email_idx");
  expect(indexName({ table: "users", keys: ["data ->> 'plan'"], taken: [] })).toBe("users_data_idx");
  expect(indexName({ table: "orders", keys: ["a", "b", "c", "d"], taken: [] })).toBe("orders_a_b_c_idx");
});

test("a name that is taken gets a number, as Postgres gives it", () => {
  expect(indexName({ table: "users", keys: ["email"], taken: ["users_email_idx"] })).toBe("users_email_idx1");
});

test("a name has at most 63 bytes, and the longer of table and keys gives way at a character", () => {
  const name = indexName({ table: "é".repeat(40), keys: ["a"], taken: [] });
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
  expect(name).toMatch(/^é+_a_idx$/u);
});

test("a key without a name is called as Postgres calls it", () => {
  expect(indexName({ table: "users", keys: ["(1 + 2)"], taken: [] })).toBe("users_expr_idx");
});
