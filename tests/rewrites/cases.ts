export interface Case {
  readonly name: string;
  readonly sql: string;
  /** Each as one line. */
  readonly drafts: readonly string[];
  readonly assumes?: readonly string[];
  readonly holdsIf?: string;
  readonly contract?: string;
}

/** Statements of the blog, and how each pattern writes them. */
export const cases: readonly Case[] = [
  {
    name: "the sides of an OR over two tables become branches that take no row twice, or a search for keys",
    sql: `select p.id, p.title from posts p
           where p.deleted_at is null and (p.author_id = 4711 or p.id in (select c.post_id from comments c where c.author_id = 4711))
           order by p.id desc limit 3 offset 2`,
    drafts: [
      "(select p.id, p.title from posts p where p.deleted_at is null and (p.author_id = 4711) order by p.id desc limit 5) union all (select p.id, p.title from posts p where p.deleted_at is null and ((p.id in (select c.post_id from comments c where c.author_id = 4711)) and (p.author_id = 4711) is not true) order by p.id desc limit 5) order by id desc limit 3 offset 2",
      "select p.id, p.title from posts p where p.deleted_at is null and (p.id in ((select p.id from posts p where p.deleted_at is null and (p.author_id = 4711) order by p.id desc limit 5) union (select p.id from posts p where p.deleted_at is null and (p.id in (select c.post_id from comments c where c.author_id = 4711)) order by p.id desc limit 5))) order by p.id desc limit 3 offset 2",
      "select p.id, p.title from posts p where p.deleted_at is null and (p.id in (select p.id from posts p where p.author_id = 4711 union select p.id from posts p where p.id in (select c.post_id from comments c where c.author_id = 4711))) order by p.id desc limit 3 offset 2",
      "select p.id, p.title from posts p where (p.deleted_at is null and (p.author_id = 4711 or p.id in (select c.post_id from comments c where c.author_id = 4711))) and p.id < $1 order by p.id desc limit 3",
    ],
  },
  {
    name: "what is sorted by a column that is not shown is searched by its key",
    sql: "select title from posts where author_id = 4711 or score = 7 order by created_at",
    drafts: [
      "select title from posts where posts.id in (select posts.id from posts where author_id = 4711 union select posts.id from posts where score = 7) order by created_at",
    ],
  },
  {
    name: "groups are made of rows that are found by their key",
    sql: "select count(*), p.status from posts p where p.author_id = 4711 or p.id in (select post_id from comments) group by p.status",
    drafts: [
      "select count(*), p.status from posts p where p.id in (select p.id from posts p where p.author_id = 4711 union select p.id from posts p where p.id in (select post_id from comments)) group by p.status",
    ],
  },
  {
    name: "an OR over both sides of a join is searched by the key that says which row of both it is",
    sql: "select p.title, a.name from posts p left join authors a on a.id = p.author_id where p.slug = 'x' or a.email = 'a@b.c'",
    drafts: [
      "select p.title, a.name from posts p left join authors a on a.id = p.author_id where p.slug = 'x' union all select p.title, a.name from posts p left join authors a on a.id = p.author_id where (a.email = 'a@b.c') and (p.slug = 'x') is not true",
      "select p.title, a.name from posts p left join authors a on a.id = p.author_id where p.id in (select p.id from posts p left join authors a on a.id = p.author_id where p.slug = 'x' union select p.id from posts p left join authors a on a.id = p.author_id where a.email = 'a@b.c')",
    ],
  },
  {
    name: "a key may have two columns",
    sql: "select m.stars from marks m where m.stars = 3 or m.author_id in (select id from authors where boss_id = 1)",
    drafts: [
      "select m.stars from marks m where m.stars = 3 union all select m.stars from marks m where (m.author_id in (select id from authors where boss_id = 1)) and (m.stars = 3) is not true",
      "select m.stars from marks m where (m.post_id, m.author_id) in (select m.post_id, m.author_id from marks m where m.stars = 3 union select m.post_id, m.author_id from marks m where m.author_id in (select id from authors where boss_id = 1))",
    ],
  },
  {
    name: "rows without a key are told apart by the side of the OR that they meet",
    sql: "select v.path from visits v where v.author_id = 2 or v.path = 'a'",
    drafts: [
      "select v.path from visits v where v.author_id = 2 union all select v.path from visits v where (v.path = 'a') and (v.author_id = 2) is not true",
    ],
  },
  {
    name: "NOT IN becomes NOT EXISTS where neither side can be NULL",
    sql: "select p.id from posts p where p.id not in (select c.post_id from comments c where c.post_id is not null)",
    drafts: ["select p.id from posts p where not exists (select 1 from comments c where (c.post_id is not null) and c.post_id = p.id)"],
    assumes: [],
  },
  {
    name: "NOT IN becomes NOT EXISTS if columns are never NULL that may be by the schema",
    sql: "select id from posts where author_id <> all (select c.post_id from comments c where c.likes > 3)",
    drafts: ["select id from posts where not exists (select 1 from comments c where (c.likes > 3) and c.post_id = posts.author_id)"],
    assumes: ["post_id", "author_id"],
  },
  {
    name: "a day of a moment becomes the time between two midnights",
    sql: "select p.id from posts p where date(p.created_at) = '2026-05-01'",
    drafts: ["select p.id from posts p where p.created_at >= '2026-05-01' and p.created_at < '2026-05-02'"],
    holdsIf: "no clock of the session's time zone was set back across midnight",
  },
  {
    name: "days that are compared, cast, counted or asked for by a parameter",
    sql: "select p.id from posts p where p.published::date between '2026-05-01' and $1 or current_date - 3 < date(published)",
    drafts: [
      "select p.id from posts p where (p.published >= date '2026-05-01' and p.published < $1::date + 1) or current_date - 3 < date(published)",
      "select p.id from posts p where p.published::date between '2026-05-01' and $1 or (published >= current_date - 3 + 1)",
    ],
  },
  {
    name: "a month and a year",
    sql: "select p.id from posts p where date_trunc('month', p.published) = '2026-05-01' and extract(year from published) = 2026",
    drafts: [
      "select p.id from posts p where p.published >= '2026-05-01' and p.published < '2026-06-01' and extract(year from published) = 2026",
      "select p.id from posts p where date_trunc('month', p.published) = '2026-05-01' and published >= '2026-01-01' and published < '2027-01-01'",
    ],
  },
  {
    name: "a count that is compared with none becomes EXISTS",
    sql: "select p.id from posts p where (select count(*) from comments c where c.post_id = p.id) > 0",
    drafts: ["select p.id from posts p where exists (select 1 from comments c where c.post_id = p.id)"],
  },
  {
    name: "a count of a column asks for a row where it is not NULL",
    sql: "select p.id from posts p where 0 = (select count(c.body) from comments c where c.post_id = p.id and c.likes > 2)",
    drafts: [
      "select p.id from posts p where not exists (select 1 from comments c where (c.post_id = p.id and c.likes > 2) and c.body is not null)",
    ],
  },
  {
    name: "a statement that only asks whether there is a row",
    sql: "select count(*) > 0 from posts where author_id = 4",
    drafts: [`select exists (select 1 from posts where author_id = 4) as "?column?"`],
  },
  {
    name: "a join that repeats rows for DISTINCT becomes EXISTS, without DISTINCT where a key is shown",
    sql: "select distinct p.id, p.title from posts p join comments c on c.post_id = p.id where c.likes > 2 and p.score > 3 order by p.title",
    drafts: [
      "select p.id, p.title from posts p where (p.score > 3) and exists (select 1 from comments c where (c.likes > 2) and (c.post_id = p.id)) order by p.title",
    ],
  },
  {
    name: "DISTINCT stays where rows may look alike",
    sql: "select distinct p.author_id from posts p, comments c where c.post_id = p.id",
    drafts: ["select distinct p.author_id from posts p where exists (select 1 from comments c where (c.post_id = p.id))"],
  },
  {
    name: "a count for each row becomes a join with all counts, and 0 where there is none",
    sql: "select a.id, (select count(*) from posts p where p.author_id = a.id) from authors a",
    drafts: [
      "select a.id, coalesce(grouped.value, 0) as count from authors a left join (select p.author_id as key_1, count(*) as value from posts p group by p.author_id) grouped on grouped.key_1 = a.id",
    ],
  },
  {
    name: "an aggregate of the same author is compared with the one of all authors",
    sql: "select p.id from posts p where p.score >= (select 0.5 * avg(score) from posts q where q.author_id = p.author_id and q.status = 'draft')",
    drafts: [
      "select p.id from posts p, (select q.author_id as key_1, 0.5 * avg(score) as value from posts q where (q.status = 'draft') group by q.author_id) grouped where p.score >= grouped.value and grouped.key_1 = p.author_id",
    ],
  },
  {
    name: "a view is read for its rows, which are those of its tables",
    sql: "select s.title from scored s where s.author_id = 3 or s.slug = 'post-9'",
    drafts: [
      "select s.title from scored s where s.author_id = 3 union all select s.title from scored s where (s.slug = 'post-9') and (s.author_id = 3) is not true",
    ],
  },
  {
    name: "the page after the last row of the one before is the page at an offset, if the order leaves nothing open",
    sql: "select id, title from posts where author_id = 3 order by created_at desc, id desc limit 20 offset 40",
    drafts: [
      "select id, title from posts where (author_id = 3) and (created_at, id) < ($1, $2) order by created_at desc, id desc limit 20",
    ],
    contract:
      "The client sends created_at and id of the last row of the page before in place of an offset, which has to be returned too: created_at. A moment that is cut to milliseconds skips or repeats rows: created_at goes as Postgres printed it. The first page goes without that condition.",
  },
  {
    name: "where directions differ, the condition on the last row is spelt out, and an offset's parameter becomes that of its first key",
    sql: "select p.id, p.created_at from posts p order by p.created_at desc, 1 offset $1 limit $2",
    drafts: [
      "select p.id, p.created_at from posts p where p.created_at <= $1 and ((p.created_at < $1) or (p.created_at = $1 and p.id > $3)) order by p.created_at desc, 1 limit $2",
    ],
    contract:
      "The client sends created_at and id of the last row of the page before in place of an offset. A moment that is cut to milliseconds skips or repeats rows: created_at goes as Postgres printed it. The first page goes without that condition.",
  },
  {
    name: "pages of a join are told apart by the keys that say which row of all it is",
    sql: "select p.id, a.name from posts p join authors a on a.id = p.author_id where a.rating > 2 or p.score > 3 order by a.name, p.id limit 3 offset 1",
    drafts: [
      "(select p.id, a.name from posts p join authors a on a.id = p.author_id where a.rating > 2 order by a.name, p.id limit 4) union all (select p.id, a.name from posts p join authors a on a.id = p.author_id where (p.score > 3) and (a.rating > 2) is not true order by a.name, p.id limit 4) order by name, id limit 3 offset 1",
      "select p.id, a.name from posts p join authors a on a.id = p.author_id where p.id in (select p.id from posts p join authors a on a.id = p.author_id where a.rating > 2 union select p.id from posts p join authors a on a.id = p.author_id where p.score > 3) order by a.name, p.id limit 3 offset 1",
      "select p.id, a.name from posts p join authors a on a.id = p.author_id where (a.rating > 2 or p.score > 3) and (a.name, p.id) > ($1, $2) order by a.name, p.id limit 3",
    ],
  },
  {
    name: "equalities of one column become one list, whatever stands between them",
    sql: "select id from posts where not (author_id = 1 or author_id = $1 or score = 4 or 3 = author_id or author_id in (7, 1))",
    drafts: ["select id from posts where not ((author_id in (1, $1, 3, 7) or (score = 4)))"],
  },
  {
    name: "a value that is looked up for each row by its key becomes a left join, and several of one row become one",
    sql: "select *, (select a.name from authors a where a.id = p.author_id), (select coalesce(a.email, '-') from authors a where a.id = p.author_id) as mail from posts p",
    drafts: [
      "select p.*, looked_up.value as name, looked_up.value_2 as mail from posts p left join (select a.id as key_1, a.name as value, coalesce(a.email, '-') as value_2 from authors a) looked_up on looked_up.key_1 = p.author_id",
      "select p.*, looked_up.value as name, looked_up.value_2 as mail from posts p left join lateral (select a.name as value, coalesce(a.email, '-') as value_2 from authors a where a.id = p.author_id) looked_up on true",
    ],
  },
  {
    name: "the latest row for each row becomes the first row of each key",
    sql: "select a.id, (select p.title from posts p where p.author_id = a.id order by p.created_at desc, p.id desc limit 1) latest from authors a",
    drafts: [
      "select a.id, firsts.value latest from authors a left join (select distinct on (p.author_id) p.author_id as key_1, p.title as value from posts p order by p.author_id, p.created_at desc, p.id desc) firsts on firsts.key_1 = a.id",
    ],
  },
  {
    name: "aggregates of the same rows are computed together, others beside them, and one that is compared last",
    sql: "select a.id, (select count(*) from posts p where p.author_id = a.id), (select max(p.score) from posts p where p.author_id = a.id) top from authors a where a.rating > (select avg(b.rating) from authors b where b.boss_id = a.boss_id)",
    drafts: [
      "select a.id, coalesce(grouped.value, 0) as count, grouped.value_2 top from authors a left join (select p.author_id as key_1, count(*) as value, max(p.score) as value_2 from posts p group by p.author_id) grouped on grouped.key_1 = a.id, (select b.boss_id as key_1, avg(b.rating) as value from authors b group by b.boss_id) grouped_2 where a.rating > grouped_2.value and grouped_2.key_1 = a.boss_id",
      "select a.id, coalesce(grouped.value, 0) as count, grouped.value_2 top from authors a left join (select p.author_id as key_1, count(*) as value, max(p.score) as value_2 from posts p group by p.author_id) grouped on grouped.key_1 = a.id where a.rating > (select avg(b.rating) from authors b where b.boss_id = a.boss_id)",
      "select a.id, (select count(*) from posts p where p.author_id = a.id), (select max(p.score) from posts p where p.author_id = a.id) top from authors a, (select b.boss_id as key_1, avg(b.rating) as value from authors b group by b.boss_id) grouped where a.rating > grouped.value and grouped.key_1 = a.boss_id",
      "select a.id, coalesce(grouped.value, 0) as count, grouped.value_2 top from authors a left join lateral (select count(*) as value, max(p.score) as value_2 from posts p where p.author_id = a.id) grouped on true where a.rating > (select avg(b.rating) from authors b where b.boss_id = a.boss_id)",
    ],
  },
  {
    name: "a WITH query that is MATERIALIZED, or named twice, is read by what the query asks of it",
    sql: "with x as materialized (select id, author_id from posts), y as (select id, score from posts) select x.id from x join y on y.id = x.id join y z on z.id = x.id where x.author_id = 3",
    drafts: [
      "with x as not materialized (select id, author_id from posts), y as not materialized (select id, score from posts) select x.id from x join y on y.id = x.id join y z on z.id = x.id where x.author_id = 3",
      "with x as not materialized (select id, author_id from posts), y as (select id, score from posts) select x.id from x join y on y.id = x.id join y z on z.id = x.id where x.author_id = 3",
      "with x as materialized (select id, author_id from posts), y as not materialized (select id, score from posts) select x.id from x join y on y.id = x.id join y z on z.id = x.id where x.author_id = 3",
    ],
  },
  {
    name: "rows without a partner are asked for as such",
    sql: "select p.id from posts p left join comments c on c.post_id = p.id and c.likes > 3 join authors a on a.id = p.author_id where c.id is null and a.rating > 3",
    drafts: [
      "select p.id from posts p join authors a on a.id = p.author_id where not exists (select 1 from comments c where (c.post_id = p.id) and (c.likes > 3)) and a.rating > 3",
    ],
  },
  {
    name: "rows without a partner are those that have NULL in its column, if that column is never NULL",
    sql: "select p.id from posts p left join comments c on c.post_id = p.id where c.body is null",
    drafts: ["select p.id from posts p where not exists (select 1 from comments c where (c.post_id = p.id))"],
    assumes: ["body"],
  },
  {
    name: "a join that finds one row for each and is asked nothing else is left out",
    sql: "select count(*) from comments c join authors a on a.id = c.author_id where c.likes > 2 or c.body = 'abc'",
    drafts: [
      "select count(*) from comments c join authors a on a.id = c.author_id where c.id in (select c.id from comments c where c.likes > 2 union select c.id from comments c where c.body = 'abc')",
      "select count(*) from comments c join authors a on a.id = c.author_id where c.id in (select c.id from comments c join authors a on a.id = c.author_id where c.likes > 2 union select c.id from comments c join authors a on a.id = c.author_id where c.body = 'abc')",
      "select count(*) from comments c where c.likes > 2 or c.body = 'abc'",
    ],
  },
  {
    name: "what a needless join leaves out for want of a key is left out without it",
    sql: "select p.title from authors a join posts p on a.id = p.author_id where p.score > 3",
    drafts: ["select p.title from posts p where (p.score > 3) and p.author_id is not null"],
  },
  {
    name: "a needless table may stand in a list",
    sql: "select count(c.body) from comments c, posts p, authors a where p.id = c.post_id and a.id = c.author_id and a.rating > 3",
    drafts: [
      "select count(c.body) from comments c, authors a where (true and a.id = c.author_id and a.rating > 3) and c.post_id is not null",
    ],
  },
  {
    name: "branches that have no row in common, and none twice, need no search for doubles",
    sql: "select id, 'post' as kind from posts union select id, 'comment' from comments union distinct (select id, 'author' from authors)",
    drafts: [
      "select id, 'post' as kind from posts union all select id, 'comment' from comments union all (select id, 'author' from authors)",
    ],
  },
  {
    name: "branches are told apart by what their conditions say of a column that is shown",
    sql: "select id, score from posts where score < 40 union select id, score from posts where score between 40 and 50 union select id, score from posts where score is null",
    drafts: [
      "select id, score from posts where score < 40 union all select id, score from posts where score between 40 and 50 union all select id, score from posts where score is null",
    ],
  },
  {
    name: "where only a match is asked for, doubles do not matter",
    sql: "select id from posts where author_id in (select id from authors where rating > 3 union select boss_id from authors)",
    drafts: ["select id from posts where author_id in (select id from authors where rating > 3 union all select boss_id from authors)"],
  },
  {
    name: "the first row of each group is found from the table that has the groups",
    sql: "select distinct on (m.post_id) * from marks m where m.stars > 1 order by m.post_id, m.stars desc, m.author_id limit 5",
    drafts: [
      "select m.* from (select id as key_1 from public.posts) driving cross join lateral (select * from marks m where (m.stars > 1) and m.post_id = driving.key_1 order by m.post_id, m.stars desc, m.author_id limit 1) m order by m.post_id, m.stars desc, m.author_id limit 5",
    ],
  },
  {
    name: "the first row of each group is found from the table that has the groups, if no row is of none",
    sql: "select distinct on (author_id) id, title from posts order by author_id, created_at desc, id",
    drafts: [
      "select id, title from (select id as key_1 from public.authors) driving cross join lateral (select * from posts where posts.author_id = driving.key_1 order by author_id, created_at desc, id limit 1) posts order by author_id, created_at desc, id",
    ],
    assumes: ["author_id"],
  },
  {
    name: "what is not distinct from something that is not NULL equals it",
    sql: "select p.id from posts p join authors a on a.id is not distinct from p.author_id where p.score is not distinct from 4 or (p.status is not distinct from 'draft' and not (p.deleted_at is not distinct from p.created_at))",
    drafts: [
      "select p.id from posts p join authors a on a.id is not distinct from p.author_id where p.score is not distinct from 4 union all select p.id from posts p join authors a on a.id is not distinct from p.author_id where (p.status is not distinct from 'draft' and not (p.deleted_at is not distinct from p.created_at)) and (p.score is not distinct from 4) is not true",
      "select p.id from posts p join authors a on a.id is not distinct from p.author_id where p.id in (select p.id from posts p where p.score is not distinct from 4 union select p.id from posts p where p.status is not distinct from 'draft' and not (p.deleted_at is not distinct from p.created_at))",
      "select p.id from posts p join authors a on a.id = p.author_id where p.score = 4 or (p.status = 'draft' and not (p.deleted_at is not distinct from p.created_at))",
    ],
  },
  {
    name: "what is not distinct from a parameter equals it, if that is never NULL",
    sql: "select id from posts where author_id is not distinct from $1",
    drafts: ["select id from posts where author_id = $1"],
    holdsIf: "$1 is never NULL",
  },
];
