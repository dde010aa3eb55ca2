import { expect, test } from "vitest";
import { inCallersWords } from "../../src/rewrites/in-callers-words.ts";
import type { Draft } from "../../src/rewrites/rewrite.ts";
import { parseWithPlaceholders } from "../../src/sql/placeholders.ts";

async function told(written: string, draft: Draft) {
  const [statement] = await parseWithPlaceholders(written);
  if (!statement) throw new Error("no statement");
  return inCallersWords(draft, statement);
}

test("placeholders without a name stay as they are, and the order of their values is told where it is another", async () => {
  const written = "select id from posts where author_id = ? or score = ?";
  expect(
    await told(written, {
      sql: "select id from posts where score = $2 union all select id from posts where author_id = $1 and (score = $2) is not true",
    }),
  ).toEqual({
    sql: "select id from posts where score = ? union all select id from posts where author_id = ? and (score = ?) is not true",
    contract: "Values are bound in this order: ? number 2, ? number 1, ? number 2.",
  });
  expect(await told(written, { sql: "select id from posts where author_id = $1 union all select id from posts where score = $2" })).toEqual(
    {
      sql: "select id from posts where author_id = ? union all select id from posts where score = ?",
    },
  );
});

test("placeholders with a name keep it however often they come, in conditions too", async () => {
  expect(
    await told("select id from posts where author_id is not distinct from :author", {
      sql: "select id from posts where author_id = $1 and $1 = author_id",
      holdsIf: "$1 is never NULL",
    }),
  ).toEqual({ sql: "select id from posts where author_id = :author and :author = author_id", holdsIf: ":author is never NULL" });
});

const page = {
  sql: "select id from posts where (created_at, id) < ($2, $3) order by created_at desc, id desc limit $1",
  contract: "The client sends created_at and id.",
  sends: [
    { number: 2, what: "last created_at" },
    { number: 3, what: "last id" },
  ],
};

test.each([
  ["$1", "$2", "($2, $3)", "limit $1", ""],
  [":most", ":from", "(:from, :last_3)", "limit :most", ""],
  ["@most", "@from", "(@from, @last_3)", "limit @most", ""],
  ["%(most)s", "%(from)s", "(%(from)s, %(last_3)s)", "limit %(most)s", ""],
  ["?", "?", "(?, ?)", "limit ?", " Values are bound in this order: last created_at, last id, ? number 1."],
  ["%s", "%s", "(%s, %s)", "limit %s", " Values are bound in this order: last created_at, last id, %s number 1."],
])("a page that is asked for with %s is asked for so by the last row too", async (limit, offset, keys, shown, order) => {
  const written = `select id from posts order by created_at desc, id desc limit ${limit} offset ${offset}`;
  const { sql, contract } = await told(written, page);
  expect(sql).toBe(`select id from posts where (created_at, id) < ${keys} order by created_at desc, id desc ${shown}`);
  expect(contract).toBe(`The client sends created_at and id.${order}`);
});

test("operators that a driver takes twice stay so, and a list that it writes itself has no parentheses", async () => {
  expect(
    (await told("select id from posts where data ?? 'a' and id = ?", { sql: "select 1 from posts where id = $1 and data ? 'a'" })).sql,
  ).toBe("select 1 from posts where id = ? and data ?? 'a'");
  expect(
    (await told("select id from posts where id % 2 = 0 or id in %s", { sql: "select 1 from posts where id in ($1) and id % 2 = 0" })).sql,
  ).toBe("select 1 from posts where id in %s and id % 2 = 0");
  expect((await told("select id from posts where id %% 2 = %s", { sql: "select 1 from posts where id % 2 = $1" })).sql).toBe(
    "select 1 from posts where id %% 2 = %s",
  );
});

test("what has no placeholder is told as it is", async () => {
  expect(
    await told("select id from posts order by id offset 40", {
      sql: "select id from posts where id > $1 order by id",
      sends: [{ number: 1, what: "last id" }],
    }),
  ).toEqual({
    sql: "select id from posts where id > $1 order by id",
  });
});
