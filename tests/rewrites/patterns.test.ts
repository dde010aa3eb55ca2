import { expect, test } from "vitest";
import { blog } from "./blog.ts";
import { cases } from "./cases.ts";
import { scratchOf } from "./rewriting.ts";

const scratch = await scratchOf(blog);

const oneLine = (sql: string) => sql.replaceAll(/\s+/g, " ");

test.each(cases)("$name", async ({ sql, drafts, assumes, holdsIf, contract }) => {
  const found = await scratch.drafts(sql);
  expect(found.map((draft) => oneLine(draft.sql))).toEqual(drafts);
  if (assumes) expect(found[0]?.assumes?.map(({ column }) => column)).toEqual(assumes);
  expect(found[0]?.holdsIf).toBe(holdsIf);
  if (contract) expect(found[0]?.contract).toBe(contract);
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
  ["a column compared with constants of several kinds", "select id from posts where author_id = 1 or author_id = '2'"],
  ["an OR whose sides may fail for a row that is left out before", "select id from posts where score = 0 or author_id / score > 1"],
  ["a page in an order that a column of NULL is of", "select id from posts order by score, id limit 20 offset 40"],
  ["a page in an order that leaves rows open", "select id from posts order by created_at limit 20 offset 40"],
  ["the first page", "select id from posts order by created_at, id limit 20 offset 0"],
  ["a page of groups", "select author_id, count(*) from comments group by author_id order by author_id limit 5 offset 5"],
  [
    "a page in an order that an outer join fills with NULL",
    "select p.id from posts p left join authors a on a.id = p.author_id order by a.name, p.id limit 3 offset 3",
  ],
  ["a page of a subquery", "select id from (select id from posts order by id limit 3 offset 3) page"],
  [
    "a value that is looked up by what several rows may have",
    "select p.id, (select c.body from comments c where c.post_id = p.id) from posts p",
  ],
  [
    "a value that is computed from the row around",
    "select p.id, (select a.rating + p.score from authors a where a.id = p.author_id) from posts p",
  ],
  [
    "an aggregate that may fail for a group that nobody asked for",
    "select a.id, (select sum(1 / p.score) from posts p where p.author_id = a.id) from authors a",
  ],
  [
    "the latest row where two may be the latest",
    "select a.id, (select p.title from posts p where p.author_id = a.id order by p.created_at limit 1) from authors a",
  ],
  ["a WITH query that is named once", "with x as (select id from posts) select * from x where id = 3"],
  [
    "a WITH query whose rows are numbered in an open order, and read twice",
    "with x as (select id, row_number() over (order by title) n from posts) select * from x join x y on y.n = x.n",
  ],
  [
    "a WITH query that keeps a division from rows that it is not for",
    "with x as materialized (select id, 10 / score as n from posts) select * from x where id = 3",
  ],
  ["a WITH query that is drawn by lot", "with x as materialized (select id, random() r from posts) select * from x where id = 3"],
  [
    "rows without a partner whose columns are shown",
    "select p.id, c.body from posts p left join comments c on c.post_id = p.id where c.id is null",
  ],
  [
    "rows without a partner of which all columns are shown",
    "select * from posts p left join comments c on c.post_id = p.id where c.id is null",
  ],
  [
    "rows without a partner on a side that another join may fill with NULL",
    "select a.id from authors a left join (posts p left join comments c on c.likes > 3) on p.author_id = a.id where c.id is null",
  ],
  ["a join by which rows are chosen", "select count(*) from comments c join authors a on a.id = c.author_id where a.rating > 3"],
  ["a join that no foreign key is of", "select count(*) from visits v join authors a on a.id = v.author_id"],
  ["a join of a child, which a row may have several of", "select a.id from authors a join comments c on c.author_id = a.id"],
  ["a join of another column", "select count(*) from comments c join authors a on a.boss_id = c.author_id"],
  [
    "a join with one that an outer join may fill with NULL",
    "select count(*) from posts p left join (comments c join authors a on a.id = c.author_id) on c.post_id = p.id",
  ],
  ["branches whose rows may be alike", "select id, title from posts union select id, body from comments"],
  ["branches with doubles", "select 'post' as kind, author_id from posts union select 'comment', author_id from comments"],
  [
    "branches that differ in a column that is not shown",
    "select author_id from posts where score = 1 union select author_id from posts where score = 2",
  ],
  [
    "branches that two texts tell apart which may be one value",
    "select id, '2026-05-01' from posts union select id, '2026-5-1' from comments union select id, born from authors",
  ],
  ["the first row of each group where two may be the first", "select distinct on (post_id) * from marks order by post_id, stars"],
  ["the first row of groups that no table has", "select distinct on (stars) * from marks order by stars, post_id, author_id"],
  [
    "the first row of each group in the order of another column of that name",
    "select distinct on (m.post_id) m.stars as author_id, m.author_id as stars from marks m order by m.post_id, stars",
  ],
  [
    "a value that a join within a FULL JOIN compares, and the FULL JOIN fills with NULL",
    "select p.id from posts p join comments c on c.post_id = p.id full join authors a on a.id = p.author_id where a.boss_id is not distinct from c.post_id",
  ],
  [
    "a statement that fails where several rows have the value that it looks up",
    "select id from posts where author_id is not distinct from 4 and score = (select likes from comments where body = 'abc')",
  ],
  ["NULL that is not distinct from NULL", "select id from posts where author_id is not distinct from score"],
  ["what is not distinct under NOT", "select id from posts where not (author_id is not distinct from 4)"],
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
