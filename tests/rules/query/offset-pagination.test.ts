import rule from "../../../src/rules/query/offset-pagination.ts";
import { testRule } from "../rule-test.ts";

testRule(rule, {
  setup: `create table posts (id bigint primary key, title text); create table tags (id int primary key)`,
  rows: { tags: 40 },
  bad: [
    {
      sql: "select id from posts order by id limit 20 offset 5000",
      at: "5000",
      severity: "warning",
      message:
        "OFFSET 5000 makes Postgres produce 5,000 rows of posts and throw them away, so each page costs more than the one before. Remember the last key of a page and continue after it.",
      fix: null,
    },
    { sql: "select id from posts order by id offset 1000 rows fetch next 10 rows only", at: "1000" },
    { sql: "select id from posts order by id limit $1 offset $2", at: "$2", severity: "info" },
    { sql: "select id from posts order by id limit 20 offset ($1::int - 1) * 20", at: "($1::int - 1) * 20", severity: "info" },
    { sql: "select * from (select id from posts order by id limit 5 offset 2000) as page", at: "2000" },
    { sql: "with page as (select id from posts order by id limit 5 offset '3000'::bigint) select id from page", at: "'3000'::bigint" },
    { sql: "(select id from posts) union all (select id from tags) order by 1 offset 90000", at: "90000" },
  ],
  good: [
    "select id from posts order by id limit 20",
    "select id from posts order by id limit 20 offset 0",
    "select id from posts order by id limit 20 offset 980",
    "select id from tags order by id limit 20 offset $1",
    "select id from posts where id > $1 order by id limit 20",
    "select id from posts where title = 'offset 5000'",
    "select id from (select id from posts offset 0) as fenced",
    "select id from posts limit 5 offset null",
  ],
  unknown: { bad: ["select id from posts offset 1000"], good: ["select id from posts offset 10"] },
});
