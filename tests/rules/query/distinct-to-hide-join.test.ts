import { expect, test } from "vitest";
import rule from "../../../src/rules/query/distinct-to-hide-join.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text unique, country text, referrer_id bigint);
    create table orders (id bigint primary key, user_id bigint not null references users, status text, total numeric);
    create table profiles (user_id bigint primary key references users, bio text);
    create table tags (id bigint primary key, name text not null unique);
    create table order_tags (order_id bigint references orders, tag_id bigint references tags, primary key (order_id, tag_id));
    create table plans (code text, user_id bigint);
    create table days (user_id bigint not null, day date not null, unique (user_id, day));
    create view buyers as select user_id from orders`,
  rows: { users: 50_000, orders: 400_000, plans: 20 },
  bad: [
    {
      sql: "select distinct u.id, u.email from users u join orders o on o.user_id = u.id where o.status = 'open'",
      at: "distinct",
      object: "orders",
      severity: "warning",
      message:
        "The join repeats each row of users for every match in orders, which shows nothing, and DISTINCT takes the copies away again. Ask with EXISTS whether there is a match.",
      fix: null,
    },
    { sql: "select distinct u.* from users u, orders o where o.user_id = u.id and o.total > 10", severity: "warning" },
    { sql: "select distinct u.country from users u join orders o on o.user_id = u.id", severity: "info" },
    {
      sql: "select distinct o.id from orders o join order_tags ot on ot.order_id = o.id join tags t on t.id = ot.tag_id where t.name in ('a', 'b')",
      object: "order_tags",
    },
    { sql: "select distinct u.id from users u join orders o on o.user_id = u.id join profiles p on p.user_id = u.id", object: "orders" },
    {
      sql: "select distinct u.id, p.bio from users u join profiles p on p.user_id = u.id join orders o on o.user_id = p.user_id",
      object: "orders",
    },
    {
      sql: "select distinct u.id from users u left join orders o on o.user_id = u.id",
      message:
        "The join repeats each row of users for every match in orders, which shows nothing, and DISTINCT takes the copies away again. Leave the join out: nothing of it is used.",
    },
    {
      sql: "select distinct u.id from users u left join orders o on o.user_id = u.id left join order_tags t on t.order_id = o.id where t.tag_id = 3",
      message:
        "The join repeats each row of users for every match in orders, which shows nothing, and DISTINCT takes the copies away again. Ask with EXISTS whether there is a match.",
    },
    { sql: "select distinct p.bio from profiles p join orders using (user_id)", object: "orders" },
    { sql: "select distinct u.id from users u join days d on d.user_id = u.id where d.day > '2026-01-01'", object: "days" },
    {
      sql: "select email from users where id in (select distinct u.referrer_id from users u join orders o on o.user_id = u.id)",
      severity: "info",
    },
  ],
  good: [
    "select distinct u.id from users u left join orders o on o.user_id = u.id where o.total is null",
    "select distinct u.id, o.status from users u join orders o on o.user_id = u.id",
    "select distinct * from users u join orders o on o.user_id = u.id",
    "select distinct u.country from users u join profiles p on p.user_id = u.id",
    "select distinct o.status from orders o join users u on u.id = o.user_id where u.country = 'CH'",
    "select distinct o.id from orders o join order_tags ot on ot.order_id = o.id join tags t on t.id = ot.tag_id where t.name = 'a'",
    "select distinct u.id from users u join days d on d.user_id = u.id and d.day = $1",
    "select distinct u.id from users u join days d on (d.user_id, d.day) = (u.id, $1)",
    "select distinct u.id from users u left join orders o on o.user_id = u.id where o.id is null",
    "select distinct u.id from users u join (select user_id from orders group by user_id) b on b.user_id = u.id",
    "select distinct u.id from users u join (select user_id, max(total) from orders group by 1) b on b.user_id = u.id",
    "select distinct u.id from users u join lateral (select 1 from orders o where o.user_id = u.id limit 1) x on true",
    "select distinct u.id, t.name from users u join orders o on o.user_id = u.id join order_tags ot on ot.order_id = o.id join tags t on t.id = ot.tag_id",
    "select distinct u.id from users u join buyers b on b.user_id = u.id",
    "select distinct u.id from users u join plans p on p.user_id = u.id",
    "select distinct on (u.id) u.id from users u join orders o on o.user_id = u.id order by u.id, o.total desc",
    "select u.id from users u join orders o on o.user_id = u.id",
    "select distinct u.id, count(*) over () from users u join orders o on o.user_id = u.id",
    "select distinct u.country, count(*) from users u join orders o on o.user_id = u.id group by u.country",
    "select distinct count(o.id) from users u join orders o on o.user_id = u.id",
    "select distinct u.id, unnest(array[1, 2]) from users u join orders o on o.user_id = u.id",
    "select distinct u.id from users u, unnest($1::text[]) as c where u.country = c",
    "select distinct o.id from users u left join orders o on o.user_id = u.id",
    "select distinct u.id from users u where exists (select from orders o where o.user_id = u.id)",
    "select distinct user_id from orders",
    "select distinct o.status from orders o join users u on u.id = coalesce(o.user_id, 0)",
  ],
  unknown: { bad: [], good: ["select distinct u.id from users u join orders o on o.user_id = u.id"] },
});

test("Postgres joins all matches before DISTINCT, where EXISTS stops at the first", async () => {
  await database.exec(
    "insert into users select n from generate_series(1, 3) n; insert into orders select n, 1 + n % 2 from generate_series(1, 9) n",
  );
  const plan = async (sql: string) =>
    (await database.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`)).rows.map((row) => row["QUERY PLAN"].trim()).join("\n");
  expect(await plan("select distinct u.id from users u join orders o on o.user_id = u.id")).not.toMatch(/Semi/);
  expect(await plan("select distinct u.id from users u left join orders o on o.user_id = u.id")).toMatch(/orders/);
  const ids = async (sql: string) => (await database.query<{ id: number }>(sql)).rows.map(({ id }) => id).sort();
  expect(await ids("select u.id from users u where exists (select from orders o where o.user_id = u.id)")).toEqual(
    await ids("select distinct u.id from users u join orders o on o.user_id = u.id"),
  );
});
