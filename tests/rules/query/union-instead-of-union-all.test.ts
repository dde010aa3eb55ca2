import { expect, test } from "vitest";
import rule from "../../../src/rules/query/union-instead-of-union-all.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text not null unique, nick text unique, country text, age int, active boolean not null, joined date);
    create table admins (id bigint primary key, email text not null);
    create table orders (id bigint primary key, user_id bigint references users, status text, at date);
    create table archive (like orders including all);
    create function parts(text) returns setof text language sql as 'select unnest(string_to_array($1, '','')) ';
    create table codes (code char(3) primary key)`,
  bad: [
    {
      sql: "select id, 'user' as kind from users union select id, 'admin' from admins",
      at: "union",
      severity: "info",
      message:
        "'user' and 'admin' exclude each other, so the branches share no row, and UNION compares them all for nothing. UNION ALL does not.",
      fix: "select id, 'user' as kind from users union all select id, 'admin' from admins",
    },
    {
      sql: "select id, status from orders where status = 'open' UNION DISTINCT select id, status from orders where status in ('late', 'lost') order by 1",
      at: "UNION DISTINCT",
      message:
        "status = 'open' and status in ('late', 'lost') exclude each other, so the branches share no row, and UNION compares them all for nothing. UNION ALL does not.",
      fix: "select id, status from orders where status = 'open' union all select id, status from orders where status in ('late', 'lost') order by 1",
    },
    { sql: "select id from orders where status = 'open' union select id from orders where status = 'late'" },
    { sql: "select o.id, o.at from orders o where o.at < '2026-01-01' union select id, at from orders where at >= '2026-01-01'" },
    { sql: "select id, at from orders where at < $1 union select id, at from archive where $1 <= at" },
    {
      sql: "select id, age from users where age < 18 union select id, age from users where age between 18 and 65 union select id, age from users where age > 65",
      fix: "select id, age from users where age < 18 union all select id, age from users where age between 18 and 65 union all select id, age from users where age > 65",
    },
    {
      sql: "select id, 1 from users union all select id, 2 from admins union select id, 3 from orders",
      fix: "select id, 1 from users union all select id, 2 from admins union all select id, 3 from orders",
    },
    { sql: "select id from users where active union select id from users where not active" },
    { sql: "select email from users where nick is null union select email from users where nick is not null" },
    { sql: "select email from users where nick is null union select email from users where nick > 'm'" },
    {
      sql: "select country, count(*), 'a' from users group by country union (select status, count(*), 'b' from orders group by status order by 2 limit 3)",
    },
    { sql: "select distinct country, true from users union select distinct status, false from orders" },
    { sql: "select max(id), 1 from users union select max(id), 2 from orders" },
    { sql: "select 'a' union select 'b'" },
    { sql: "select id, null::text from users union select id, email from admins where email = 'x'" },
    { sql: "select id from (select u.id, 'x' as k from users u union select id, 'y' from admins) a where id > 5", at: "union" },
    { sql: "with e as (select id, 'x' as k from users union select id, 'y' from admins) select * from e" },
    { sql: "insert into archive (id, status) select id, 'x' from users union select id, 'y' from admins" },
    { sql: "select id, joined from users where joined < '2025-06-01' union select id, at from orders where at > date '2026-01-01'" },
  ],
  good: [
    "select id, 'user' from users union all select id, 'admin' from admins",
    "select id from users union select id from admins",
    "select country, 'user' from users union select email, 'admin' from admins",
    "select id, 'user' from users union select id, 'user' from admins",
    "select id, 'User' from users union select id, 'user ' from admins",
    "select id, 1 from users union select id, 1.0 from admins",
    "select id, '1' from users union select id, '1.0' from admins",
    "select id, at from orders where at = '2026-01-02' union select id, at from orders where at = '2026-1-3'",
    "select id, user_id from orders where status = 'open' union select id, user_id from archive where status = 'late'",
    "select user_id from orders where status = 'open' union select user_id from orders where status = 'late'",
    "select user_id, status from orders where status = 'open' union select user_id, status from orders where status = 'late'",
    "select id from orders where status = 'open' union select id from orders where at > '2026-01-01'",
    "select id from orders where status = 'open' or user_id = 1 union select id from orders where status = 'late'",
    "select id from orders where status in ('open', 'late') union select id from orders where status in ('late', 'lost')",
    "select id, age from users where age <= 18 union select id, age from users where age >= 18",
    "select id, at from orders where at < $1 union select id, at from orders where at >= $2",
    "select id, status from orders where status <> 'open' union select id, status from orders where status <> 'late'",
    "select id, 'a' from users union select id, 'b' from admins union select id, 'a' from orders",
    "select id, unnest(array[1, 1]), 'a' from users union select id, 2, 'b' from admins",
    "select id, parts(email), 'a' from users union select id, email, 'b' from admins",
    "select u.id, 'a' from users u join orders o on o.user_id = u.id union select id, 'b' from admins",
    "with recursive t as (select id, 1 as step from users where id = 1 union select o.id, 2 from orders o join t on t.id = o.user_id) select * from t",
    "select id, 'a' from users intersect select id, 'b' from admins",
    "(select id, 'a' from users union select id, 'a' from admins limit 3) union select id, 'b' from orders",
    "values (1, 'a'), (1, 'a') union select 2, 'b'",
    "select code from codes where code = 'a' union select code from codes where code = 'a  '",
    "select o.id, o.status from users u left join orders o on o.user_id = u.id and o.status = 'x' union select id, status from archive where status is null",
    "select country, 'a' from users union select 'x', 'b'",
  ],
  unknown: {
    bad: [
      {
        sql: "select x, 'a' from logs union select x, 'b' from traces",
        message:
          "'a' and 'b' exclude each other, so the branches share no row, and UNION compares them all for nothing, unless a branch repeats rows itself. UNION ALL does not.",
        fix: null,
      },
    ],
    good: ["select x from logs union select x from traces", "select x from logs where y = 1 union select x from logs where y = 2"],
  },
});

test("Postgres does not see that branches share no row: it compares them all", async () => {
  const plan = async (sql: string) =>
    (await database.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`)).rows.map((row) => row["QUERY PLAN"].trim());
  const [first] = await plan("select id, 'user' as kind from users union select id, 'admin' from admins");
  expect(first).toMatch(/Aggregate|Unique/);
  expect((await plan("select id, 'user' as kind from users union all select id, 'admin' from admins"))[0]).toBe("Append");
});
