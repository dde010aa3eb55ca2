import { expect, test } from "vitest";
import { blog } from "./blog.ts";
import { cases } from "./cases.ts";
import { scratchOf } from "./rewriting.ts";

const scratch = await scratchOf(blog);

const oneLine = (sql: string) => sql.replaceAll(/\s+/g, " ");

test.each(cases)("$name", async ({ sql, drafts, assumes, holdsIf }) => {
  const found = await scratch.drafts(sql);
  expect(found.map((draft) => oneLine(draft.sql))).toEqual(drafts);
  if (assumes) expect(found[0]?.assumes?.map(({ column }) => column)).toEqual(assumes);
  expect(found[0]?.holdsIf).toBe(holdsIf);
  for (const { dataSets, same, withRows } of await scratch.compare(sql, found)) {
    expect({ dataSets, same }).toEqual({ dataSets: 50, same: 50 });
    expect(withRows).toBeGreaterThanOrEqual(3);
  }
});

const refused: readonly (readonly [name: string, sql: string])[] = [
  ["rows that LIMIT takes from an open order", "select id from posts where author_id = 1 or score = 2 order by title limit 3"],
  ["rows that are locked", "select id from posts where author_id = 1 or score = 2 for update"],
  ["rows that are drawn by lot", "select id from posts tablesample system (10) where author_id = 1 or score = 2"],
  ["what is different at each call", "select id, random() from posts where author_id = 1 or score = 2"],
  ["what is written", "delete from posts where author_id = 1 or id in (select post_id from comments)"],
  ["one column compared with several values", "select id from posts where author_id = 1 or author_id = 2"],
  ["a sum for all rows where no key tells them apart", "select count(*) from visits where author_id = 1 or path = 'a'"],
  [
    "NOT IN of a value that no constraint says is not NULL",
    "select id from posts where nullif(author_id, 3) not in (select id from authors)",
  ],
  [
    "NOT IN whose subquery calls its table as the query around it",
    "select p.id from posts p where p.id not in (select p.post_id from comments p)",
  ],
  ["a day of a text", "select id from authors where date(email) = '2026-05-01'"],
  ["a moment that is compared with a day", "select id from posts where date(published) = now()"],
  ["a month that starts on its second day", "select id from posts where date_trunc('month', published) = '2026-05-02'"],
  ["a count that is compared with one", "select id from posts p where (select count(*) from comments c where c.post_id = p.id) > 1"],
  [
    "groups that are counted",
    "select id from posts p where (select count(*) from comments c where c.post_id = p.id group by c.author_id) > 0",
  ],
  ["DISTINCT over an outer join", "select distinct p.id from posts p left join comments c on c.post_id = p.id"],
  ["DISTINCT of both sides of a join", "select distinct p.id, c.body from posts p join comments c on c.post_id = p.id"],
  [
    "a count that a condition compares, which is 0 where the join finds nothing",
    "select a.id from authors a where a.boss_id > (select count(*) from posts p where p.author_id = a.id)",
  ],
  [
    "an aggregate that is something where there is nothing",
    "select a.id from authors a where a.rating > (select coalesce(max(p.score), 1) from posts p where p.author_id = a.id)",
  ],
  [
    "an aggregate of rows that are not equal to the row around",
    "select a.id from authors a where a.rating > (select max(p.score) from posts p where p.author_id < a.id)",
  ],
];

test.each(refused)("%s is left as it is", async (_, sql) => {
  expect(await scratch.drafts(sql)).toEqual([]);
});
