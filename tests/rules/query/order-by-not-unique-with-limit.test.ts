import { expect, test } from "vitest";
import { withSpread } from "../../../src/catalog/spread.ts";
import { readStatistics } from "../../../src/catalog/statistics.ts";
import { readTables } from "../../../src/catalog/tables.ts";
import rule from "../../../src/rules/query/order-by-not-unique-with-limit.ts";
import { run } from "../../../src/rules/rule.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { readQuery } from "../../../src/sql/query.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text unique, name text not null, tenant_id bigint not null, number int not null, unique (tenant_id, number));
    create table posts (id bigint primary key, author_id bigint not null references users, title text not null, created_at timestamptz not null, published_on date, views int not null, slug text, deleted_at timestamptz, tags text[]);
    create unique index on posts (lower(title));
    create unique index on posts (author_id, published_on) nulls not distinct;
    create unique index on posts (slug) where deleted_at is null;
    create table likes (post_id bigint, user_id bigint, at timestamptz, primary key (post_id, user_id));
    create table log (at timestamptz not null, body text);
    create table late (n int unique deferrable, at timestamptz);
    create table colors (name text);
    create table parent (id bigint primary key, at timestamptz);
    create table child () inherits (parent);
    create view recent as select * from posts`,
  rows: { posts: 100_000, users: 5000, colors: 12 },
  bad: [
    {
      sql: "select id, title from posts order by created_at desc limit 20",
      at: "created_at desc",
      object: "posts",
      severity: "info",
      message:
        "Rows of posts with the same created_at come in any order, so which of them LIMIT 20 keeps can change from call to call. Add id to ORDER BY.",
      fix: "select id, title from posts order by created_at desc, id desc limit 20",
    },
    {
      sql: "select p.id, u.name from posts p join users u on u.id = p.author_id order by p.created_at limit 20 offset $1",
      severity: "warning",
      message:
        "Rows with the same p.created_at come in any order, so a page can repeat rows of the one before and leave out others. Add p.id to ORDER BY.",
      fix: "select p.id, u.name from posts p join users u on u.id = p.author_id order by p.created_at, p.id limit 20 offset $1",
    },
    {
      sql: "select id from posts where created_at < $1 order by created_at desc limit 20",
      severity: "warning",
      message:
        "Rows of posts with the same created_at come in any order, and a page that starts after created_at < $1 leaves out those that did not fit on the one before. Add id to ORDER BY.",
      fix: null,
    },
    {
      sql: "select at, body from log order by at limit $1",
      message: "Rows of log with the same at come in any order, so which of them LIMIT keeps can change from call to call.",
      fix: null,
    },
    {
      sql: "select post_id, at from likes where user_id = any ($1) order by post_id limit 10",
      fix: "select post_id, at from likes where user_id = any ($1) order by post_id, user_id limit 10",
    },
    { sql: "select id from users order by email limit 10", fix: "select id from users order by email, id limit 10" },
    { sql: "select id as n, views as v from posts order by v desc, 2 limit 10", at: "v desc, 2" },
    { sql: "select id from posts order by lower(slug) offset 20", severity: "warning" },
    { sql: "select id from posts order by slug limit 10" },
    { sql: "select distinct title, created_at from posts order by created_at limit 10", fix: null },
    { sql: "select author_id, title from posts group by author_id, title order by title limit 10", fix: null },
    {
      sql: "select u.id, p.id from users u join posts p on p.author_id = u.id order by u.id limit 10",
      fix: "select u.id, p.id from users u join posts p on p.author_id = u.id order by u.id, p.id limit 10",
    },
    { sql: "select u.id from users u left join posts p on p.author_id = u.id order by u.id limit 10", fix: null },
    { sql: "select n from late order by n limit 10", fix: null },
    { sql: "select * from (select author_id, count(*) as n from posts group by author_id) a order by n limit 5", object: "a" },
    {
      sql: "select u.id, p.title from users u cross join lateral (select title from posts where author_id = u.id order by views desc limit 3) p",
      at: "views desc",
    },
  ],
  good: [
    "select id from posts order by created_at desc, id desc limit 20",
    "select id from posts order by id limit 20 offset 40",
    "select id from posts order by -id limit 20 offset 40",
    "select id from posts order by id::text limit 20",
    "select id from posts order by created_at desc limit 1",
    "select id from posts order by created_at desc",
    "select id from posts order by created_at fetch first 10 rows with ties",
    "select id from posts where id = $1 order by created_at limit 10",
    "select number from users where tenant_id = $1 order by number limit 10",
    "select number from users where tenant_id in (3) order by number limit 10 offset 10",
    "select number from users where (tenant_id, name) = ($1, $2) order by number limit 10",
    "select id from users where email is not null order by email limit 10",
    "select id from posts order by lower(title) limit 10 offset 10",
    "select id from posts order by author_id, published_on limit 10",
    "select id from posts where deleted_at is null and slug is not null order by slug limit 10",
    "select p.id, u.name from posts p join users u on u.id = p.author_id order by p.created_at, p.id limit 20",
    "select p.id from posts p join users u on u.id = p.author_id order by u.name, p.id limit 20",
    "select p.id from posts p left join users u on u.id = p.author_id order by p.id limit 20",
    "select p.id from users u left join posts p on p.author_id = u.id order by u.id, p.id limit 20",
    "select p.id from posts p join likes l on l.post_id = p.id where l.user_id = $1 order by p.id limit 20",
    "select post_id, user_id from likes join posts on posts.id = post_id order by post_id, user_id limit 20",
    "select author_id, count(*) from posts group by author_id order by author_id limit 10 offset 10",
    "select author_id, count(*) from posts group by 1 order by count(*) desc, 1 limit 10 offset 10",
    "select author_id, count(*) as n from posts group by author_id order by n desc limit 10",
    "select distinct title from posts order by title limit 10",
    "select distinct on (author_id) id from posts order by author_id, created_at desc limit 10",
    "select * from (select author_id, count(*) as n from posts group by author_id) a order by author_id limit 5",
    "select * from (select distinct author_id from posts) a order by author_id limit 5",
    "with totals as (select author_id, max(views) as most from posts group by author_id) select u.id, t.most from totals t join users u on u.id = t.author_id order by u.id limit 5",
    "select u.id, p.title from users u cross join lateral (select title from posts where author_id = u.id order by views limit 1) p order by u.id limit 10",
    "select id from posts order by views * 2 desc limit 10",
    "select id from posts order by abs(views - $1) limit 10",
    "select id from posts order by random() limit 10 offset 3",
    "select max(id) from posts order by 1 limit 10",
    "select id from recent order by created_at limit 10",
    "select id from parent order by at limit 10",
    "select id, tag from posts, unnest(tags) as tag order by id limit 10",
    "select id, unnest(tags) from posts order by id limit 10",
    "select name from colors order by name limit 50",
    "select id from posts where views > 3 order by created_at limit 10 for update skip locked",
    "delete from posts where id in (select id from posts order by created_at limit 1000)",
    "select id from users u where exists (select from posts p where p.author_id = u.id order by created_at limit 5)",
    "select id from posts union all select id from users order by id limit 10",
  ],
  unknown: {
    bad: [],
    good: ["select id from posts order by created_at desc limit 20", "select id from posts order by created_at limit 20 offset 20"],
  },
});

test("rows that the order leaves open come as the plan has them: an index changes the page", async () => {
  await database.exec("insert into log select '2026-01-01', n::text from generate_series(1, 1000) n; analyze log");
  const page = async () =>
    (await database.query<{ body: string }>("select body from log where body > '5' order by at limit 3")).rows.map(({ body }) => body);
  const before = await page();
  await database.exec("create index on log (at, body desc)");
  await database.exec("set enable_seqscan = off; set enable_bitmapscan = off");
  expect(await page()).not.toEqual(before);
});

/** The severity of what is found where ANALYZE has seen 1,000 visits, of which no two started together and many took as long. */
async function withStatistics(sql: string) {
  const read = async <Row>(text: string, values: readonly unknown[] = []) => (await database.query<Row>(text, [...values])).rows;
  const relations = (await read<{ oid: number }>("select unnest('{visits,pages}'::regclass[])::oid as oid")).map(({ oid }) => oid);
  const statistics = await readStatistics({ read }, { relations, versionNumber: 180006 });
  const tables = (await readTables({ read }, relations)).map((table) => withSpread(table, statistics));
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error("No statement.");
  return run(
    [rule],
    readQuery(statement, ({ name }) => tables.find((table) => table.name === name)),
    undefined,
  ).map(({ severity }) => severity);
}

test("one list by a column that hardly ever holds a value twice is left alone, and pages of it are not", async () => {
  await database.exec(`
    create table pages (id bigint primary key, path text not null);
    create table visits (id bigint primary key, page_id bigint not null references pages, started timestamptz not null, ended timestamptz, ms int not null);
    insert into pages select n, 'page ' || n from generate_series(1, 50) n;
    insert into visits select n, n % 50 + 1, timestamptz '2026-01-01' + n * interval '1 s',
                              case when n % 2 = 0 then timestamptz '2026-01-02' + n * interval '1 s' end, n % 200 from generate_series(1, 1000) n;
    analyze pages, visits`);
  expect(await withStatistics("select id from visits where page_id = 7 order by started desc limit 20")).toEqual([]);
  expect(await withStatistics("select v.id, p.path from visits v join pages p on p.id = v.page_id order by v.started limit 20")).toEqual(
    [],
  );
  expect(await withStatistics("select id from visits where ended > $1 order by ended desc limit 20")).toEqual([]);
  expect(await withStatistics("select id from visits order by ms desc limit 20")).toEqual(["info"]);
  // Those without a value are tied.
  expect(await withStatistics("select id from visits order by ended desc limit 20")).toEqual(["info"]);
  // Each page has many visits.
  expect(await withStatistics("select v.id from visits v join pages p on p.id = v.page_id order by p.path limit 20")).toEqual(["info"]);
  expect(await withStatistics("select id from visits order by started desc limit 20 offset $1")).toEqual(["warning"]);
  expect(await withStatistics("select id from visits where started < $1 order by started desc limit 20")).toEqual(["warning"]);
});
