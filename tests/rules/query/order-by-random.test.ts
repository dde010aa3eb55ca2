import { expect, test } from "vitest";
import rule from "../../../src/rules/query/order-by-random.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table quotes (id bigint primary key, author text, words text not null, weight float not null default 1);
    create index on quotes (author);
    create table likes (quote_id bigint references quotes, user_id bigint);
    create table colors (name text)`,
  rows: { quotes: 2_000_000, colors: 12 },
  bad: [
    {
      sql: "select words from quotes order by random() limit 1",
      at: "random()",
      object: "quotes",
      severity: "warning",
      message:
        "ORDER BY a random number reads every row of quotes (about 2,000,000 rows) and sorts them all to return 1; no index can help.",
      fix: null,
    },
    {
      sql: "select words from quotes where weight > 2 order by random() limit $1",
      message:
        "ORDER BY a random number reads every row that WHERE lets through of quotes (about 2,000,000 rows) and sorts them all to return $1; no index can help.",
    },
    { sql: "select words, random() as r from quotes order by r limit 3", at: "r" },
    { sql: "select id from quotes order by gen_random_uuid() limit 3" },
    { sql: "select id from quotes order by -ln(random()) / weight limit 3", at: "-ln(random()) / weight" },
    { sql: "select id from quotes order by md5(random()::text) desc fetch first 3 rows only" },
    { sql: "select words from quotes where id = (select id from quotes order by random() limit 1)" },
    { sql: "select words from quotes where id in (select quote_id from likes order by random() limit 5)", object: "likes" },
    { sql: "update quotes set weight = 0 where id in (select id from quotes order by random() limit 100)" },
    {
      sql: "select q.words from quotes q join likes l on l.quote_id = q.id order by random() limit 1",
      message: "ORDER BY a random number reads every row of the join and sorts them all to return 1; no index can help.",
    },
  ],
  good: [
    "select words from quotes order by random()",
    "select words from quotes where author = $1 order by random() limit 1",
    "select words from quotes where id = 5 order by random() limit 1",
    "select q.words from quotes q join likes l on l.quote_id = q.id where q.author = 'a' order by random() limit 1",
    "select name from colors order by random() limit 1",
    "select words from quotes tablesample system (0.1) order by random() limit 10",
    "select words from (select words from quotes order by id desc limit 100) latest order by random() limit 5",
    "select n from generate_series(1, 90) n order by random() limit 6",
    "select n from (values (1), (2), (3)) v (n) order by random() limit 1",
    "select words from quotes where id >= (select (random() * 2000000)::bigint) order by id limit 1",
    "select author, count(*) from quotes group by author order by random() limit 3",
    "select words from quotes order by weight desc, random() limit 10",
    "select words from quotes order by id limit 10 offset 3",
    "select count(*) from quotes order by random() limit 1",
    "select words from quotes where random() < 0.01 limit 10",
  ],
  unknown: {
    bad: ["select * from quotes order by random() limit 1"],
    good: ["select * from quotes where id = $1 order by random() limit 1"],
  },
});

test("no index gives rows in a random order: every one is read and sorted", async () => {
  const plan = await database.query<{ "QUERY PLAN": string }>("explain (costs off) select words from quotes order by random() limit 1");
  expect(plan.rows.map((row) => row["QUERY PLAN"].trim())).toEqual(["Limit", "->  Sort", "Sort Key: (random())", "->  Seq Scan on quotes"]);
});
