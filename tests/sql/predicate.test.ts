import { beforeAll, expect, test } from "vitest";
import { loadGrammar } from "../../src/sql/grammar.ts";
import { callsIn, columnsComparedIn, isAlwaysTrue, parenthesized, withCallsOnce } from "../../src/sql/predicate.ts";

beforeAll(loadGrammar);

test.each(["true", "(1 = 1)", "(NOT false)", "((id > 5) OR true)", "(true AND ('a'::text = 'a'::text)) OR (2 = 2)"])(
  "holds for every row: %s",
  (condition) => expect(isAlwaysTrue(condition)).toBe(true),
);

test.each(["false", "id = id", "null = null", "(NOT true)", "true AND (id > 5)", "1 = 2", "not a condition ("])(
  "holds not for every row: %s",
  (condition) => expect(isAlwaysTrue(condition)).toBe(false),
);

test("a call is told with its schema and whether the row has a part in it; those of a sub-select are that sub-select's", () => {
  const condition = "((user_id = auth.uid()) AND app.may_read(id) AND (EXISTS ( SELECT FROM teams WHERE (teams.id = app.team()))))";
  expect(callsIn(condition)).toEqual([
    { schema: "auth", name: "uid", sameForAllRows: true },
    { schema: "app", name: "may_read", sameForAllRows: false },
  ]);
});

const all = () => true;

test.each([
  ["(user_id = auth.uid())", "(user_id = (select auth.uid()))"],
  ["((a = f('()')) OR (b = g()))", "((a = (select f('()'))) OR (b = (select g())))"],
  [
    "(name = current_setting('app.\u00e9\u{1f600}'::text)) AND (c = f())",
    "(name = (select current_setting('app.\u00e9\u{1f600}'::text))) AND (c = (select f()))",
  ],
])("%s is asked once as %s", (condition, once) => expect(withCallsOnce(condition, all)).toBe(once));

test("calls within calls are left as they are, because which one costs is not known", () => {
  expect(withCallsOnce("(a = f(g()))", all)).toBeUndefined();
});

test("parentheses are put around what has none of its own", () => {
  expect(["(a = 1)", "(a = 1) OR (b = 2)", "(a = '(') OR (b = ')')", "a"].map(parenthesized)).toEqual([
    "(a = 1)",
    "((a = 1) OR (b = 2))",
    "((a = '(') OR (b = ')'))",
    "(a)",
  ]);
});

test("the columns that must equal something are those outside of OR", () => {
  expect(columnsComparedIn("((tenant = f()) AND ((id = 1) OR (id = 2)) AND (5 = team_id) AND (a = b) AND (size > 3))")).toEqual([
    "tenant",
    "team_id",
  ]);
});
