import { expect, test } from "vitest";
import rule from "../../../src/rules/query/null-equality.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `create table orders (id bigint primary key, status text, "Shipped At" timestamptz, total numeric)`,
  bad: [
    {
      sql: "select id from orders where status = null",
      at: "status = null",
      severity: "error",
      message: "status = NULL is never true, whatever the value is. Write is null.",
      fix: "select id from orders where status is null",
    },
    {
      sql: "select 'é€😀', id from orders o where o.total > 1 and (o.\"Shipped At\" <> NULL or o.id = 1)",
      at: 'o."Shipped At" <> NULL',
      fix: "select 'é€😀', id from orders o where o.total > 1 and (o.\"Shipped At\" is not null or o.id = 1)",
    },
    {
      sql: "select id from orders where null != lower(status)",
      at: "null != lower(status)",
      fix: "select id from orders where lower(status) is not null",
    },
    { sql: "select id from orders where total < null", at: "total < null", fix: null },
    {
      sql: "update orders set total = null where status = null",
      at: "status = null",
      fix: "update orders set total = null where status is null",
    },
    { sql: "select id from orders where status not in ('new', null)", at: "status not in ('new', null)", fix: null },
    { sql: "with open as (select id from orders where status = null::text) select id from open", at: "status = null::text" },
    { sql: "select id from orders o where exists (select from orders p where p.id = o.id and p.total = null)", at: "p.total = null" },
    { sql: "select case when status = null then 1 end from orders", at: "status = null" },
    {
      sql: "delete from orders where (total + 1) * 2 = null",
      at: "(total + 1) * 2 = null",
      fix: "delete from orders where (total + 1) * 2 is null",
    },
    { sql: "select id from orders group by id having max(total) = null", at: "max(total) = null" },
    { sql: "select o.id from orders o join orders p on p.status = null", at: "p.status = null" },
  ],
  good: [
    "select id from orders where status is null",
    "select id from orders where status is not distinct from null",
    "update orders set status = null, total = null where id = 1",
    "insert into orders (id, status) values (1, null) on conflict (id) do update set status = null",
    "select id from orders where status = 'null'",
    "select id from orders where status = $1",
    "select coalesce(status, null) = 'new' from orders",
    "select id from orders where status in ('new', null)",
    'select id as "null" from orders where "Shipped At" is not null',
  ],
});

test("Postgres lets no row through a comparison with NULL, nor through NOT IN with NULL", async () => {
  const { rows } = await database.query(`
    select from (values ('a'), (null)) as t (x) where x = null or x <> null or x < null or x not in ('b', null)`);
  expect(rows).toEqual([]);
});
