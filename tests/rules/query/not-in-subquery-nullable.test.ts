import { expect, test } from "vitest";
import rule from "../../../src/rules/query/not-in-subquery-nullable.ts";
import { testRule } from "../rule-test.ts";

const setup = `
  create table users (id bigint primary key, email text not null, referrer_id bigint);
  create table orders (id bigint primary key, user_id bigint, "Buyer" bigint, payer_id bigint not null, total numeric)`;

const database = testRule(rule, {
  setup,
  bad: [
    {
      sql: "select id from users where id not in (select user_id from orders)",
      at: "id not in (select user_id from orders)",
      object: "user_id",
      severity: "error",
      message: "user_id can be NULL, and a single NULL in the subquery makes NOT IN reject every row.",
      fix: "select id from users where not exists (select 1 from orders where orders.user_id = users.id)",
    },
    {
      sql: "select u.email from users as u where u.email <> 'x' and u.id not in (select o.\"Buyer\" from orders as o where o.total > 5 or o.total is null)",
      at: 'u.id not in (select o."Buyer" from orders as o where o.total > 5 or o.total is null)',
      fix: "select u.email from users as u where u.email <> 'x' and not exists (select 1 from orders as o where (o.total > 5 or o.total is null) and o.\"Buyer\" = u.id)",
    },
    { sql: "select id from users where not (id in (select user_id from orders))", at: "not (id in (select user_id from orders))" },
    { sql: "select id from users where id <> all (select user_id from orders)", at: "id <> all (select user_id from orders)" },
    { sql: "select id from users where referrer_id not in (select user_id from orders)", fix: null },
    { sql: "select id from users where id not in (select max(user_id) from orders group by total)", severity: "warning", fix: null },
    { sql: "select id from users where id not in (select user_id from (select user_id, total from orders) as o)", object: "user_id" },
    { sql: "with buyers as (select user_id from orders) select id from users where id not in (select * from buyers)", severity: "error" },
    { sql: "select id from users where (id, email) not in (select payer_id, total::text from orders)", object: "total::text", fix: null },
    {
      sql: "select id from users where id not in (select o.payer_id from users u left join orders o on o.payer_id = u.id)",
      object: "o.payer_id",
    },
    { sql: "select id from users where id not in (select payer_id from orders union all select user_id from orders)", severity: "error" },
    {
      sql: "delete from users where id not in (select user_id from orders)",
      fix: "delete from users where not exists (select 1 from orders where orders.user_id = users.id)",
    },
    {
      sql: "select id from users where id not in (select u.referrer_id from users u)",
      fix: "select id from users where not exists (select 1 from users u where u.referrer_id = users.id)",
    },
  ],
  good: [
    "select id from users where id not in (select payer_id from orders)",
    "select id from users where id not in (select user_id from orders where user_id is not null)",
    "select id from users where id not in (select o.user_id from orders o where o.user_id > 10 and o.total = 1)",
    "select id from users where id not in (select o.user_id from orders o join users u on u.id = o.user_id)",
    "select id from users where id in (select user_id from orders)",
    "select id from users u where not exists (select from orders o where o.user_id = u.id)",
    "select id from users where id not in (1, 2, 3)",
    "select id from users where id not in (select coalesce(user_id, 0) from orders)",
    "select id from users where id not in (select count(*) from orders group by user_id)",
    "select id from users where id not in (select payer_id from orders union select id from users)",
    "with recursive tree as (select id from users where id = 1 union all select u.id from users u join tree t on t.id = u.id) select id from users where id not in (select payer_id from orders)",
    "with buyers as (select user_id as buyer from orders where user_id is not null) select id from users where id not in (select buyer from buyers)",
    "select id from users where id = any (select user_id from orders)",
  ],
  unknown: {
    bad: [
      {
        sql: "select id from users where id not in (select user_id from orders)",
        severity: "warning",
        message: "If user_id may be NULL, a single NULL in the subquery makes NOT IN reject every row.",
        fix: null,
      },
    ],
    good: [
      "select id from users where id not in (select user_id from orders where user_id is not null)",
      "select id from users where id not in (select o.user_id from orders o where o.user_id = 4)",
    ],
  },
});

test("one NULL in the subquery makes NOT IN reject every row, and NOT EXISTS does not mind it", async () => {
  await database.exec(`
    insert into users values (1, 'a'), (2, 'b');
    insert into orders values (10, 1, 1, 1), (11, null, 1, 1)`);
  const ids = async (condition: string) =>
    (await database.query<{ id: number }>(`select id from users where ${condition}`)).rows.map(({ id }) => id);
  expect(await ids("id not in (select user_id from orders)")).toEqual([]);
  expect(await ids("id <> all (select user_id from orders)")).toEqual([]);
  expect(await ids("not exists (select 1 from orders where orders.user_id = users.id)")).toEqual([2]);
});
