import { expect, test } from "vitest";
import rule from "../../../src/rules/query/string-concat-null.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (
      id bigint primary key, first text, last varchar(80), email text not null, "Nick" text, notes text, number int, data jsonb, tags text[],
      words tsvector, city text check (city is not null), company_id bigint, raw bytea);
    create table companies (id bigint primary key, name text not null);
    create view people as select * from users`,
  bad: [
    {
      sql: "select id, first || ' ' || last as name from users",
      at: "first || ' ' || last",
      object: "users.first",
      severity: "warning",
      message: "users.first and users.last can be NULL, and then the whole of first || ' ' || last is NULL.",
      fix: "select id, coalesce(first, '') || ' ' || coalesce(last, '') as name from users",
    },
    { sql: "select email || (' ' || \"Nick\") from users", fix: "select email || (' ' || coalesce(\"Nick\", '')) from users" },
    { sql: "select email || '-' || u.number from users u", fix: "select email || '-' || coalesce(u.number::text, '') from users u" },
    { sql: "select 'Dear ' || first from users", severity: "info", fix: "select 'Dear ' || coalesce(first, '') from users" },
    {
      sql: "update users set notes = notes || ' checked' where id = $1",
      severity: "warning",
      fix: "update users set notes = coalesce(notes, '') || ' checked' where id = $1",
    },
    { sql: "select id from users where first || ' ' || last ilike $1", at: "first || ' ' || last" },
    { sql: "select id from users where to_tsvector('english', email || ' ' || notes) @@ to_tsquery($1)" },
    { sql: "select string_agg(first || email, ',') from users" },
    { sql: "select email || lower(last) from users", fix: null },
    { sql: "select email || cast(number as text) from users", fix: null },
    {
      sql: "select u.email || ' of ' || c.name from users u left join companies c on c.id = u.company_id",
      object: "companies.name",
      fix: "select u.email || ' of ' || coalesce(c.name, '') from users u left join companies c on c.id = u.company_id",
    },
    { sql: "insert into companies select id, first || email from users" },
    { sql: "select first || email, count(*) from users group by first || email", at: "first || email", fix: null },
    { sql: "select case when id > 5 then first || email end from users" },
    { sql: "select id from users where last like 'x%' and first || last <> ''", object: "users.first" },
    { sql: "select (select u.first || c.name from companies c where c.id = u.company_id) from users u" },
  ],
  good: [
    "select coalesce(first, '') || ' ' || coalesce(last, '') from users",
    "select coalesce(first || ' ' || last, email) from users",
    "select concat(first, ' ', last), concat_ws(' ', first, last), format('%s %s', first, last) from users",
    "select concat_ws(', ', email, first || ' ' || last) from users",
    "select email || '!' || city from users",
    "select data || '{\"a\": 1}' from users",
    "select tags || '{x}', '{x}' || tags, tags || array['y'] from users",
    "select words || to_tsvector(email), raw || '\\x00' from users",
    "select first || ' ' || last from users where first is not null and last is not null",
    "select first || email from users where first like 'A%'",
    "select id from users where (first || last) is null",
    "select case when first is null then email else first || ' ' || email end from users",
    "select email from users order by first || email",
    "select email || $1 from users",
    "select first || email from people",
    "select u.email || c.name from users u join companies c on c.id = u.company_id",
    "update users set data = data || jsonb_build_object('a', first)",
    "select email || now() from users",
    "select x || 'a' from (values ('b'), (null)) as t (x)",
  ],
  unknown: { bad: [], good: ["select first || ' ' || last from users"] },
});

test("|| with a NULL text is NULL, and with a NULL array or a NULL in concat() it is not", async () => {
  const { rows } = await database.query("select 'a' || null::text as text, array[1] || null::int[] as list, concat('a', null) as concat");
  expect(rows).toEqual([{ text: null, list: [1], concat: "a" }]);
});
