import { expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";

const schema_sql = "create table orders (id bigint primary key, note text, channel text);\n-- rows: orders 5_000_000";

async function ask(sql: string, more: object = {}) {
  // Most of it follows from the text alone, which takes no twin.
  const client = await connectOnce(undefined);
  const answer = await client.callTool({ name: "migration_checklist", arguments: { sql, ...more } });
  const { findings, suppressed, verdict, summary } = answer.structuredContent as {
    findings: readonly { rule: string }[];
    suppressed?: { findings: readonly object[]; comments_without_effect: readonly { line: number; problem: string }[] };
    verdict: string;
    summary: string;
  };
  return { rules: findings.map(({ rule }) => rule), suppressed, verdict, summary, text: textOf(answer) };
}

test.each([
  ["above its statement", "-- ignore migration/drop-column: nobody reads it\nalter table orders drop column note;"],
  ["at its end", "alter table orders drop column note; -- ignore migration/drop-column: nobody reads it"],
  ["within it", "alter table orders\n  -- ignore migration/drop-column: nobody reads it\n  drop column note"],
  ["for several rules", "-- ignore migration/rename-column, migration/drop-column: nobody reads it\nalter table orders drop column note;"],
  ["for the whole file", "select 1;\nalter table orders drop column note;\n-- ignore-file migration/drop-column: nobody reads it"],
  ["in a section of a runner", "-- +goose Up\n-- ignore migration/drop-column: nobody reads it\nalter table orders drop column note;"],
])("a comment %s silences a rule, and the answer says so with its reason", async (_, sql) => {
  const { rules, suppressed, verdict, summary, text } = await ask(sql);
  expect(rules).toEqual([]);
  expect(suppressed?.findings).toMatchObject([{ rule: "migration/drop-column", object: "orders.note", reason: "nobody reads it" }]);
  expect([verdict, summary]).toEqual(["ok", "nothing found; 1 suppressed"]);
  expect(text).toMatch(/Suppressed: 1\.\n- migration\/drop-column on orders\.note, line \d: nobody reads it/);
});

test.each([
  ["about the statement before", "alter table orders drop column note;\n-- ignore migration/drop-column: no\nselect 1;"],
  ["without a reason", "-- ignore migration/drop-column\nalter table orders drop column note;"],
  ["with an empty reason", "-- ignore migration/drop-column: \nalter table orders drop column note;"],
  ["that is prose", "-- ignore the migration/drop-column: rule\nalter table orders drop column note;"],
  ["in a string", "select '-- ignore migration/drop-column: no'; alter table orders drop column note;"],
  ["of another rule", "-- ignore migration/drop-table: no\nalter table orders drop column note;"],
])("a comment %s silences nothing", async (_, sql) => {
  const { rules, suppressed } = await ask(sql);
  expect(rules).toEqual(["migration/drop-column"]);
  expect(suppressed?.findings ?? []).toEqual([]);
});

test("a comment that silences nothing is told with the reason", async () => {
  const { suppressed, text } = await ask(
    [
      "-- ignore migration/drop-colum: a slip of the pen",
      "-- ignore migration/drop-column",
      "-- ignore migration/drop-table: there is none",
      "-- ignore migration/prefer-text: style was not asked",
      "alter table orders drop column note;",
    ].join("\n"),
    { schema_sql },
  );
  expect(suppressed?.comments_without_effect).toEqual([
    { line: 1, problem: "there is no rule migration/drop-colum of migrations; the nearest is migration/drop-column" },
    { line: 2, problem: "it gives no reason: write -- ignore migration/drop-column: and why" },
    { line: 3, problem: "migration/drop-table finds nothing there" },
  ]);
  expect(text).toContain("Comments without effect:\n- line 1: there is no rule");
});

test("what Postgres refuses is not silenced", async () => {
  const refused = await ask("-- ignore-file migration/drop-column: no\nalter table orders drop column nope;", { schema_sql });
  expect(refused.verdict).toBe("block");
});
