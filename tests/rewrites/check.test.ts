import { expect, test } from "vitest";
import { blog } from "./blog.ts";
import { scratchOf } from "./rewriting.ts";

const scratch = await scratchOf(blog);

/** What people write and is wrong: some generated rows tell the two apart. */
const wrong: readonly (readonly [name: string, sql: string, rewritten: string])[] = [
  [
    "UNION ALL of the sides of an OR gives the rows twice that meet both",
    "select p.title from posts p where p.author_id = 4711 or p.score = 7",
    "select p.title from posts p where p.author_id = 4711 union all select p.title from posts p where p.score = 7",
  ],
  [
    "UNION of the sides of an OR loses rows that look alike",
    "select p.status from posts p where p.author_id = 4711 or p.score = 7",
    "select p.status from posts p where p.author_id = 4711 union select p.status from posts p where p.score = 7",
  ],
  [
    "NOT in place of IS NOT TRUE loses rows where the other side is NULL",
    "select p.id from posts p where p.author_id = 4711 or p.score = 7",
    "select p.id from posts p where p.author_id = 4711 union all select p.id from posts p where p.score = 7 and not (p.author_id = 4711)",
  ],
  [
    "NOT EXISTS keeps rows that a NULL in the subquery of NOT IN rejects",
    "select p.id from posts p where p.id not in (select c.post_id from comments c)",
    "select p.id from posts p where not exists (select from comments c where c.post_id = p.id)",
  ],
  [
    "NOT EXISTS keeps rows that are NULL on the left of NOT IN",
    "select p.id from posts p where p.author_id not in (select a.id from authors a where a.rating > 5)",
    "select p.id from posts p where not exists (select from authors a where a.rating > 5 and a.id = p.author_id)",
  ],
  [
    "count of a column leaves out NULL, EXISTS does not",
    "select p.id from posts p where (select count(c.body) from comments c where c.post_id = p.id) > 0",
    "select p.id from posts p where exists (select from comments c where c.post_id = p.id)",
  ],
  [
    "BETWEEN two days takes the first moment of the second",
    "select p.id from posts p where date(p.created_at) = '2026-05-01'",
    "select p.id from posts p where p.created_at between '2026-05-01' and '2026-05-02'",
  ],
  [
    "a day ends later than its last whole second",
    "select p.id from posts p where date(p.published) = '2026-05-01'",
    "select p.id from posts p where p.published between '2026-05-01' and '2026-05-01 23:59:59'",
  ],
  [
    "a day of UTC is not a day of the session",
    "select p.id from posts p where date(p.created_at) = '2026-05-01'",
    "select p.id from posts p where p.created_at >= '2026-05-01Z' and p.created_at < '2026-05-02Z'",
  ],
  [
    "an inner join loses rows that have no partner",
    "select a.id, (select count(*) from posts p where p.author_id = a.id) from authors a",
    "select a.id, n.count from authors a join (select author_id, count(*) from posts group by author_id) n on n.author_id = a.id",
  ],
  [
    "a count of no rows is 0, and a left join says NULL",
    "select a.id, (select count(*) from posts p where p.author_id = a.id) from authors a",
    "select a.id, n.count from authors a left join (select author_id, count(*) from posts group by author_id) n on n.author_id = a.id",
  ],
  [
    "without DISTINCT a join repeats rows",
    "select distinct p.id from posts p join comments c on c.post_id = p.id",
    "select p.id from posts p join comments c on c.post_id = p.id",
  ],
  [
    "EXISTS keeps doubles that DISTINCT merges",
    "select distinct p.author_id from posts p join comments c on c.post_id = p.id",
    "select p.author_id from posts p where exists (select from comments c where c.post_id = p.id)",
  ],
  ["a bound may be met", "select p.id from posts p where p.score > 41", "select p.id from posts p where p.score >= 41"],
  ["capitals differ", "select a.id from authors a where lower(a.email) = 'a@b.c'", "select a.id from authors a where a.email = 'a@b.c'"],
  [
    "a number in a document is no string in it",
    "select p.id from posts p where p.data ->> 'size' = '12'",
    `select p.id from posts p where p.data @> '{"size": "12"}'`,
  ],
  [
    "an element is not the first one",
    "select p.id from posts p where 'sql' = any (p.tags)",
    "select p.id from posts p where p.tags[1] = 'sql'",
  ],
  [
    "NULL sorts last, and first when the order is turned round",
    "select p.id from posts p order by p.score, p.id limit 3",
    "select p.id from posts p order by p.score nulls first, p.id limit 3",
  ],
  ["COALESCE meets NULL", "select p.id from posts p where coalesce(p.score, 0) = 0", "select p.id from posts p where p.score = 0"],
  [
    "a pattern matches more than its letters",
    "select p.id from posts p where p.title like 'abc%'",
    "select p.id from posts p where p.title = 'abc'",
  ],
  [
    "a row of an outer join may be NULL",
    "select p.id, a.name from posts p left join authors a on a.id = p.author_id where a.rating > 3 or a.id is null",
    "select p.id, a.name from posts p join authors a on a.id = p.author_id where a.rating > 3 or a.id is null",
  ],
  [
    "a parameter may be NULL",
    "select a.id from authors a where a.boss_id = $1",
    "select a.id from authors a where a.boss_id = $1 or a.boss_id is null",
  ],
  [
    "rows of a partitioned table are rows of all its partitions",
    "select v.path from visits v where v.author_id = 3",
    "select v.path from visits_2026 v where v.author_id = 3",
  ],
];

test("a statement that makes a billion rows by itself is not run", async () => {
  const sql = "select count(*) from generate_series(1, 1000000000) g join authors a on a.id = g";
  expect(await scratch.compare(sql, [{ sql }], 16)).toEqual([]);
});

test.each(wrong)("%s", async (_, sql, rewritten) => {
  const [other, itself] = await scratch.compare(sql, [{ sql: rewritten }, { sql }], 16);
  expect(other?.same).toBeLessThan(16);
  expect(itself).toMatchObject({ dataSets: 16, same: 16 });
  expect(itself?.withRows).toBeGreaterThanOrEqual(3);
  expect(itself?.answers).toBeGreaterThanOrEqual(3);
});
