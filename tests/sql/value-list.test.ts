import { beforeAll, expect, test } from "vitest";
import { loadGrammar } from "../../src/sql/grammar.ts";
import { valueListsOf } from "../../src/sql/value-list.ts";

beforeAll(loadGrammar);

test.each([
  ["CHECK ((status = ANY (ARRAY['new'::text, 'it''s'::text])))", [["status", "new", "it's"]]],
  ["CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))) NOT VALID", [["status", "a", "b"]]],
  ["CHECK (((kind = 'a'::text) OR (kind = 'b'::text) OR (kind IS NULL)))", [["kind", "a", "b"]]],
  [
    "CHECK (((rating = ANY (ARRAY[1, 2, '-3'::integer])) AND (size = ANY (ARRAY['s'::bpchar, 'm'::bpchar]))))",
    [
      ["rating", "1", "2", "-3"],
      ["size", "s", "m"],
    ],
  ],
  ["CHECK ((price >= (0)::numeric))", []],
  ["CHECK (((a = 1) OR (b = 2)))", []],
  ["CHECK ((a = b))", []],
  ["CHECK ((status <> ALL (ARRAY['a'::text])))", []],
])("%s", (definition, lists) => {
  expect(valueListsOf(definition).map(({ column, values }) => [column, ...values])).toEqual(lists);
});
