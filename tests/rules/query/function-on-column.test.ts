import { expect, test } from "vitest";
import rule, { immutable } from "../../../src/rules/query/function-on-column.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text, "Name" varchar(80), tenant_id bigint, credit numeric, data jsonb, born date);
    create index on users (tenant_id);
    create table events (id bigint primary key, user_id bigint, at timestamptz not null, local timestamp, kind text, price numeric);
    create index on events (at);
    create table accounts (id bigint primary key, email text, name varchar(80), first text, last text, data jsonb, at timestamptz, tenant_id bigint);
    create index on accounts (lower(email));
    create index on accounts (lower(name));
    create index on accounts (tenant_id, ((first || ' ') || last));
    create index on accounts ((data ->> 'plan'));
    create index on accounts (date_trunc('day', at at time zone 'UTC'));
    create index on accounts (coalesce(first, ''));
    create table parts (id bigint, at timestamptz, code text) partition by range (at);
    create table countries (code text);
    create view customers as select * from users`,
  rows: { users: 50_000, events: 4_000_000, countries: 200 },
  bad: [
    {
      sql: "select id from users where lower(email) = $1",
      at: "lower(email) = $1",
      object: "users.email",
      severity: "warning",
      message: "No index holds lower(email), so Postgres computes it for every row of users (about 50,000 rows).",
      fix: "create index concurrently users_lower_email_idx on users (lower(email));",
    },
    {
      sql: "select u.id from users as u where upper(u.\"Name\") in ('A', 'B')",
      at: "upper(u.\"Name\") in ('A', 'B')",
      fix: 'create index concurrently "users_upper_Name_idx" on users (upper("Name"));',
    },
    { sql: "select id from users where 'x' = lower(email)", at: "'x' = lower(email)" },
    { sql: "select id from users where credit * 2 > $1", fix: "create index concurrently users_credit_idx on users ((credit * 2));" },
    {
      sql: "select id from users where data ->> 'plan' = 'pro'",
      fix: "create index concurrently users_data_idx on users ((data ->> 'plan'));",
    },
    {
      sql: "select id from events where date(at) = '2024-02-29' and kind = 'x'",
      severity: "error",
      message: "date(at) hides events.at from its indexes, so Postgres computes it for every row of events (about 4,000,000 rows).",
      at: "date(at) = '2024-02-29'",
      fix: "select id from events where at >= '2024-02-29' and at < '2024-03-01' and kind = 'x'",
    },
    {
      sql: "select id from events e where date_trunc('month', e.local) = '2024-12-01'",
      fix: "select id from events e where e.local >= '2024-12-01' and e.local < '2025-01-01'",
    },
    {
      sql: "select id from users where extract(year from born) = 1999",
      fix: "select id from users where born >= '1999-01-01' and born < '2000-01-01'",
    },
    { sql: "select id from events where date_trunc('month', at) = '2024-12-15'", fix: null },
    { sql: "select id from events where at + interval '1 day' < now()", fix: null },
    { sql: "select id from events where date_trunc('day', at) between '2024-01-01' and '2024-01-31'", fix: null },
    { sql: "select id from parts where lower(code) = 'x'", fix: null },
    {
      sql: "with e as (select id from events where abs(price) > 5) select * from e",
      fix: "create index concurrently events_abs_price_idx on events (abs(price));",
    },
    {
      sql: "select u.id from users u join events e on e.user_id = u.id where coalesce(u.email, '') = 'a'",
      at: "coalesce(u.email, '') = 'a'",
      fix: "create index concurrently users_coalesce_email_idx on users (coalesce(email, ''));",
    },
    { sql: "select id from events where upper(kind) = 'X'", severity: "warning" },
    { sql: "select e.id from events e join users u on u.email = lower(e.kind)", severity: "info" },
    { sql: "select id from accounts where lower(first) = 'x'" },
    { sql: "select id from users u where exists (select from events e where lower(e.kind) = u.email)", at: "lower(e.kind) = u.email" },
    { sql: "select id from users where id = 1 or lower(email) = 'x'" },
    { sql: "select id from users where lower(email) = 'a' or lower(email) = 'b'", at: "lower(email) = 'a'" },
    { sql: "update users set credit = 0 where lower(email) = 'x'" },
  ],
  good: [
    "select id from users where email = lower($1)",
    "select id from users where lower(email) <> 'x'",
    "select lower(email) from users order by lower(email)",
    "select lower(email), count(*) from users group by lower(email) having count(lower(email)) > 1",
    "select id from accounts where lower(email) = $1",
    "select a.id from accounts as a where lower(a.email) = 'x'",
    "select id from accounts where lower(name) in ('a', 'b')",
    "select id from accounts where first || ' ' || last = 'Ada Lovelace'",
    "select id from accounts where data ->> 'plan' = 'pro'",
    "select id from accounts where date_trunc('day', at at time zone 'UTC') = '2024-01-01'",
    "select id from accounts where coalesce(first, '') = 'x'",
    "select code from countries where lower(code) = 'ch'",
    "select id from users where tenant_id = $1 and lower(email) = $2",
    "select id from users where id = 5 and lower(email) = $2",
    "select id from events where at >= date_trunc('day', now())",
    "select id from events where (at, id) > ($1, $2)",
    "select id from users where id::text = '5'",
    'select id from users u where lower(u.email) = lower(u."Name")',
    "select id from customers where lower(email) = 'x'",
    "select n from generate_series(1, 9) as n where abs(n) = 5",
    "select * from (select email from users) as u where lower(u.email) = 'x'",
    "select id from events where user_id = any ($1) and id > 5",
  ],
  unknown: {
    bad: [
      {
        sql: "select id from users where lower(email) = 'x'",
        message:
          "lower(email) hides users.email from its indexes, so Postgres computes it for every row of users, unless there is an index on that expression.",
        fix: null,
      },
    ],
    good: ["select id from users where id = 1 and lower(email) = 'x'", "select 1 from a, b where lower(x) = 'x'"],
  },
});

test("every function that a fix may put in an index is immutable in all its variants, except those of bytea, which it is not offered for", async () => {
  const { rows } = await database.query<{ name: string; volatilities: string }>(
    `select proname as name, string_agg(distinct provolatile::text, '') as volatilities
       from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname = any ($1) and 'bytea'::regtype <> all (proargtypes) group by 1`,
    [[...immutable]],
  );
  expect(rows.map(({ name }) => name).sort()).toEqual([...immutable].sort());
  expect(rows.filter(({ volatilities }) => volatilities !== "i")).toEqual([]);
});

test("a range gives the rows of date(), date_trunc() and extract(year), also on the day when the clock changes", async () => {
  await database.exec(`
    create table moments (at timestamptz, local timestamp, born date);
    insert into moments select t, t::timestamp, t::date from generate_series('2023-12-30'::timestamptz, '2025-01-03', '7 hours') as t`);
  const pairs = [
    ["date(at) = '2024-03-31'", "at >= '2024-03-31' and at < '2024-04-01'"],
    ["date(at) = '2024-10-27'", "at >= '2024-10-27' and at < '2024-10-28'"],
    ["date_trunc('month', at) = '2024-12-01'", "at >= '2024-12-01' and at < '2025-01-01'"],
    ["date_trunc('year', local) = '2024-01-01'", "local >= '2024-01-01' and local < '2025-01-01'"],
    ["extract(year from born) = 2024", "born >= '2024-01-01' and born < '2025-01-01'"],
  ];
  for (const zone of ["Europe/Zurich", "America/Sao_Paulo", "UTC"]) {
    await database.exec(`set timezone to '${zone}'`);
    for (const [one, other] of pairs) {
      const { rows } = await database.query(
        `select count(*) filter (where ${one}) > 0 as some, bool_and((${one}) = (${other})) as same from moments`,
      );
      expect(rows, `${one} in ${zone}`).toEqual([{ some: true, same: true }]);
    }
  }
});
