export interface Case {
  readonly name: string;
  readonly sql: string;
  /** Each as one line. */
  readonly drafts: readonly string[];
  readonly assumes?: readonly string[];
  readonly holdsIf?: string;
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
];
