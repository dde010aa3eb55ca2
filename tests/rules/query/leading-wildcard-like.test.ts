import rule from "../../../src/rules/query/leading-wildcard-like.ts";
import { testRule } from "../rule-test.ts";

testRule(rule, {
  setup: `
    create extension pg_trgm;
    create table users (id bigint primary key, email text not null, name varchar(80), "Nick" text, tenant_id bigint, code char(8));
    create index on users (email text_pattern_ops);
    create index on users (tenant_id);
    create table articles (id bigint primary key, title text, body text, "Sub Title" text);
    create index on articles using gin (title gin_trgm_ops, "Sub Title" gin_trgm_ops);
    create index on articles using gist (lower(body) gist_trgm_ops);
    create table colours (name text)`,
  rows: { users: 2_000_000, articles: 9_000, colours: 12 },
  bad: [
    {
      sql: "select id from users where email like '%@example.com'",
      at: "email like '%@example.com'",
      object: "users.email",
      severity: "warning",
      message: "A pattern that starts with % cannot use a b-tree index, so Postgres compares every row of users (about 2,000,000 rows).",
      fix: "create extension if not exists pg_trgm;\ncreate index concurrently users_email_trgm_idx on users using gin (email gin_trgm_ops);",
    },
    { sql: `select u.id from users as u where u."Nick" ilike '%bob%'`, at: `u."Nick" ilike '%bob%'`, object: "users.Nick" },
    { sql: "select id from users where name like '%' || $1 || '%'", at: "name like '%' || $1 || '%'" },
    { sql: "select id from users where email ~~ '%x.org'", at: "email ~~ '%x.org'" },
    { sql: "select id from users where email like concat('%', $1::text)", at: "email like concat('%', $1::text)" },
    { sql: "select id from users where email like '%50!%%' escape '!'", at: "email like '%50!%%' escape '!'" },
    { sql: "select id from users where lower(email) like '%x%'", object: "users", fix: null },
    { sql: "select id from users where id < 10 or email like '%x%'", at: "email like '%x%'" },
    { sql: "select a.id from articles a join users u on u.id = a.id and u.email like '%x%'", at: "u.email like '%x%'" },
    { sql: "with found as (select id from articles where body like '%word%') select id from found", severity: "info" },
    { sql: "update users set name = 'x' where email ilike '%old.org'", at: "email ilike '%old.org'" },
    { sql: "select id from users where code like '%A'", fix: null },
  ],
  good: [
    "select id from users where email like 'bob%'",
    "select id from users where email like $1",
    "select id from users where email like $1 || '%'",
    "select id from users where email not like '%@example.com'",
    "select id from users where not (email like '%@example.com')",
    "select id from users where email like '%'",
    "select id from articles where title ilike '%postgres%'",
    `select id from articles as a where a."Sub Title" like '%postgres%'`,
    "select id from articles where lower(body) like '%postgres%'",
    "select name from colours where name like '%red'",
    "select id from users where tenant_id = $1 and email like '%x%'",
    "select id from users where id = 5 and name ilike '%x%'",
    "select email like '%x' from users",
    "select id from users where '%x' like email",
    "select * from (values ('a')) as t (x) where x like '%a'",
  ],
  unknown: {
    bad: [{ sql: "select id from users where email like '%x'", object: "users.email", fix: null }],
    good: [
      "select id from users where id = $1 and email like '%x'",
      "select id from users u, posts p where u.id = p.user_id and body like '%x'",
    ],
  },
});
