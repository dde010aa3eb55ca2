import { expect, test } from "vitest";
import { loadGrammar } from "../../src/sql/grammar.ts";
import { parseExpression, parses } from "../../src/sql/parse.ts";
import { literal, nameOf, quote, raw, reserved, sql } from "../../src/sql/quote.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

const database = await sharedEmbedded();

test.each([
  ["orders", "orders"],
  ["_a1", "_a1"],
  ["Orders", '"Orders"'],
  ["order", '"order"'],
  ["left", '"left"'],
  ["user", '"user"'],
  ["timestamp", "timestamp"],
  ["line items", '"line items"'],
  ['a"b', '"a""b"'],
  ["1a", '"1a"'],
  ["a$b", '"a$b"'],
  ["é", '"é"'],
  ["", '""'],
])("%j is written %s", (name, written) => expect(quote(name)).toBe(written));

test("a name shows its schema unless that is public", () => {
  expect(`${nameOf(undefined, "orders")} ${nameOf("public", "Orders")} ${nameOf("shop", "order")}`).toBe('orders "Orders" shop."order"');
});

test("the tag quotes names, identifiers and lists of them, and leaves numbers and SQL alone", () => {
  const table = nameOf("Shop", "orders");
  expect(sql`create index on ${table} (${["a", "Group"]}, ${"B"}) with (fillfactor = ${70}) where ${raw("x > 1")};`).toBe(
    'create index on "Shop".orders (a, "Group", "B") with (fillfactor = 70) where x > 1;',
  );
});

test("a list can hold what a plain string may not be", () => expect(sql`(${[]}) ${"a; drop table b"}`).toBe('() "a; drop table b"'));

test.each(["plain", "it's", "back\\slash", "\\'", "é€😀", "a\nb", "$$"])("%j survives as a literal", async (text) => {
  const { rows } = await database.query<{ text: string }>(`select ${literal(text)} as text`);
  expect(rows).toEqual([{ text }]);
});

const uses = (name: string) => [
  `create index on ${name} (${name})`,
  `create table ${name} (${name} int)`,
  `alter table ${name} add constraint ${name} check (${name} > 0)`,
  `select ${name}.${name} from ${name} where ${name} = 1`,
  `update ${name} set ${name} = 1`,
];

test("every keyword of Postgres is quoted where it must be, and only there", async () => {
  await loadGrammar();
  const { rows } = await database.query<{ word: string }>("select word from pg_get_keywords()");
  expect(rows.length).toBeGreaterThan(450);
  for (const { word } of rows) {
    expect(
      uses(quote(word)).filter((use) => !parses(use)),
      word,
    ).toEqual([]);
    expect(parseExpression(quote(word)), word).toHaveProperty("ColumnRef");
    if (reserved.has(word)) expect(uses(word).every(parses), `${word} need not be quoted`).toBe(false);
  }
  expect([...reserved].filter((word) => !rows.some((row) => row.word === word))).toEqual([]);
});
