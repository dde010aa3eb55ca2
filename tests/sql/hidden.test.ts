import { expect, test } from "vitest";
import { hasHidden, shown, withoutHidden } from "../../src/sql/hidden.ts";
import { quote } from "../../src/sql/quote.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

const database = await sharedEmbedded();

/** Bidi, zero width, tags, line separators, variation selectors, fillers, C0, C1. */
const names = [
  "a\u202eb",
  "zero\u200bwidth",
  "می\u200cخواهم",
  "👨\u200d👩",
  "tag\u{e0041}",
  "line\u2028end",
  "a\nb",
  "tab\there",
  'back\\slash "quoted"\u2066',
  "bell\u0007",
  "c1\u0085",
  "bom\ufeff",
  "filler\u3164",
  "selector\ufe01\u{e0101}",
  "\\u{202e}\u061c",
];

test.each(names)("the name %j is quoted so that nothing in it is hidden, and Postgres reads the same name", async (name) => {
  expect(hasHidden(quote(name))).toBe(false);
  const { fields } = await database.query(`select 1 as ${quote(name)}`);
  expect(fields[0]?.name).toBe(name);
});

test.each(names)("SQL that Postgres printed with %j in names, constants and bodies does the same without hiding it", async (name) => {
  const identifier = `"${name.replaceAll('"', '""')}"`;
  const constant = `'${name}'`;
  const escapes = `e'\\\\${name.replaceAll("\\", "\\\\")}\\''`;
  const sql = `select ${constant} as ${identifier}, $$${name}$$ as body, ${escapes} as escaped, U&"kn\\006Fwn" from (select 1 as known) t`;
  const pasted = withoutHidden(sql);
  expect(shown(pasted)).toBe(pasted);
  const [before, after] = [await database.query(sql), await database.query(pasted)];
  expect(after.rows).toEqual(before.rows);
});

test("an identifier with escapes is the same where strings do not conform to the standard", async () => {
  await database.exec("set standard_conforming_strings = off");
  const { fields } = await database.query(`select 1 as ${quote("a\u202eb\\")}`);
  expect(fields[0]?.name).toBe("a\u202eb\\");
  const { rows } = await database.query(withoutHidden("select 'x\u200by' as text"));
  expect(rows).toEqual([{ text: "x\u200by" }]);
  await database.exec("reset standard_conforming_strings");
});

test("SQL that hides nothing is left as it is, and what stands outside of quotes is shown", () => {
  const sql = `create view "v ""1""" as\n\tselect 'é', e'\\n', $b$ a $b$`;
  expect(withoutHidden(sql)).toBe(sql);
  expect(withoutHidden("select 1 -- \u202e")).toBe("select 1 -- \\u{202e}");
});
