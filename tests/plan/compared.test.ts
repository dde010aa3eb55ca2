import { expect, test } from "vitest";
import { comparedIn } from "../../src/plan/compared.ts";

test.each<[condition: string, compared: string[]]>([
  ["(status = 'paid'::text)", ["status"]],
  ["((status = 'paid'::text) AND (total > '3'::numeric))", ["status", "total"]],
  ["((o.status)::text = ANY ('{paid,new}'::text[]))", ["status"]],
  ["('2026-01-01'::date <= created_at)", ["created_at"]],
  [`(("a b" = 1) AND (o."C" IS NULL) AND (NOT open))`, ["a b", "C"]],
  ["((lower(name) = 'a'::text) AND ((id % 2) = 0))", ["(lower(name))", "(id % 2)"]],
  ["(split_part(o.status, 'n.x'::text, 1) = ''::text)", ["(split_part(status, 'n.x'::text, 1))"]],
  ["((created_at)::date = '2026-01-01'::date)", ["((created_at)::date)"]],
  ["(created_at > (now() - '1 day'::interval))", ["created_at"]],
  ["(note = ' AND (x = 1) '::text)", ["note"]],
  ["(status = $1)", ["status"]],
])("%s compares columns or expressions with what is the same for all rows", (condition, compared) => {
  expect(comparedIn(condition).map(({ kind, text }) => (kind === "column" ? text : `(${text})`))).toEqual(compared);
});

test.each([
  "(a.id = b.customer_id)",
  "((a = 1) OR (b = 2))",
  "(name ~~ '%x'::text)",
  "(spot <@ '(1,1),(0,0)'::box)",
  "(lower(name) = '…'::text)",
  "(id = (SubPlan 1))",
  "(hashed SubPlan 1)",
  "((InitPlan 1).col1 = 3)",
  "($1 = 3)",
  "false",
  "",
])("%s compares nothing that statistics could be made of", (condition) => {
  expect(comparedIn(condition)).toEqual([]);
});
