import { expect, test } from "vitest";
import rule from "../../../src/rules/query/cast-on-column.ts";
import functionOnColumn from "../../../src/rules/query/function-on-column.ts";
import { run } from "../../../src/rules/rule.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { readQuery } from "../../../src/sql/query.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create type mood as enum ('sad', 'glad');
    create domain label as text;
    create domain score as int;
    create table events (
      id bigint primary key, number integer, small smallint, key uuid, at timestamptz not null, local timestamp, born date, hour time,
      title text, code varchar(20), sku char(8), price numeric(10, 2), data jsonb, mood mood, label label, score score, net cidr, "Kind" text,
      tags text[]);
    create index on events (number);
    create index on events (at);
    create index on events (local);
    create index on events (key);
    create table keyed (id bigint primary key, at timestamp, key uuid, data jsonb, small int, moment timestamptz);
    create index on keyed ((at::date));
    create index on keyed ((key::text));
    create index on keyed (((data ->> 'age')::int));
    create index on keyed (((moment at time zone 'UTC')::date));
    create table colours (id int, at timestamp);
    create view days as select * from events`,
  rows: { events: 4_000_000, keyed: 50_000, colours: 12 },
  bad: [
    {
      sql: "select id from events where at::date = '2024-02-29' and title = 'x'",
      at: "at::date = '2024-02-29'",
      object: "events.at",
      severity: "error",
      message: "at::date hides events.at from its indexes, so Postgres computes it for every row of events (about 4,000,000 rows).",
      fix: "select id from events where at >= '2024-02-29' and at < '2024-03-01' and title = 'x'",
    },
    {
      sql: "select id from events e where cast(e.local as date) = date '2024-12-31'",
      at: "cast(e.local as date) = date '2024-12-31'",
      fix: "select id from events e where e.local >= '2024-12-31' and e.local < '2025-01-01'",
    },
    { sql: "select id from events where at::date = $1", fix: null },
    { sql: "select id from events where at::date >= current_date - 7", fix: null },
    { sql: "select id from events where at::date between '2024-01-01' and '2024-01-31'", fix: null },
    { sql: "select id from events where '2024-02-29' = at::date", at: "'2024-02-29' = at::date" },
    { sql: "select id from events where id::text = '42'", fix: "select id from events where id = '42'" },
    { sql: "select id from events where number::text in ('1', '2')", fix: "select id from events where number in ('1', '2')" },
    { sql: "select id from events where id::text = '042'", fix: null },
    { sql: "select id from events where id::text = $1", fix: null },
    { sql: "select id from events where id::text like '42%'", at: "id::text like '42%'", fix: null },
    {
      sql: "select id from events where key::varchar = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
      fix: "select id from events where key = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    },
    { sql: "select id from events where key::text = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", fix: null },
    { sql: "select id from events where number::bigint > 5", fix: "select id from events where number > 5" },
    { sql: "select id from events where id::int = 5", fix: null },
    { sql: "select id from events where price::int = 5", fix: null },
    { sql: "select id from events where title::varchar(5) = 'x'" },
    { sql: "select id from events where sku::text = 'x'" },
    { sql: "select id from events where mood::text = 'sad'", object: "events.mood" },
    { sql: "select id from events where score::text = '5'" },
    { sql: "select id from events where born::timestamp > '2024-01-01'" },
    { sql: "select id from events where at::timestamp::date = '2024-01-01'" },
    {
      sql: "select id from events where (data ->> 'age')::int > 30",
      at: "(data ->> 'age')::int > 30",
      fix: "create index concurrently events_data_int_idx on events (((data ->> 'age')::int));",
    },
    { sql: "select id from events where (data ->> 'at')::date = '2024-01-01'", fix: null },
    { sql: "select id from events where (at at time zone 'UTC')::date = '2024-01-01'", fix: null },
    { sql: "select e.id from events e join keyed k on k.id::text = e.title", severity: "info", object: "keyed.id" },
    { sql: "select id from keyed where small::text = '1'", severity: "warning" },
    { sql: "update events set title = 'x' where id::text = '7'" },
    { sql: "select id from events where number = 1 or id::text = '7' or id::text = '8'" },
  ],
  good: [
    "select id from events where at >= '2024-02-29'::date",
    "select at::date, count(*) from events group by at::date having count(at::date) > 1 order by at::date",
    "select id from events where title::varchar = 'x' or code::text = 'y' or code::varchar(30) = 'z'",
    "select id from events where at::timestamptz = $1 or id::bigint = 5 or local::timestamp > now()",
    "select id from events where price::numeric = 5 and net::inet = '10.0.0.0/8' and sku::bpchar = 'x'",
    "select id from events where label::text = 'x' or label::varchar = 'x'",
    "select id from events where id::text <> '5'",
    "select id from events where id = 5 and at::date = '2024-01-01'",
    "select id from events where lower(title)::text = 'x'",
    "select id from events where date(at) = '2024-01-01'",
    `select id from events where "Kind"::text like '%x%'`,
    "select id from keyed where at::date = '2024-01-01'",
    "select id from keyed k where cast(k.at as date) between $1 and $2",
    "select id from keyed where key::text like 'a0%'",
    "select id from keyed where (data ->> 'age')::integer = 5",
    "select id from keyed where (moment at time zone 'UTC')::date = '2024-01-01'",
    "select id from colours where at::date = '2024-01-01'",
    "select id from days where at::date = '2024-01-01'",
    "select id from events where at::date = local::date",
    "select n from generate_series(1, 9) n where n::text = '5'",
    "select id from events where $1::text = title",
    "select * from (select id from events) e where e.id::text = '5'",
    "select id from events where tags::text[] = '{a}'",
  ],
  unknown: {
    bad: [
      {
        sql: "select id from events where created_at::date = '2024-01-01'",
        message:
          "created_at::date hides events.created_at from its indexes, so Postgres computes it for every row of events, unless it is of that type already, or there is an index on that expression.",
        fix: null,
      },
      { sql: "select id from events where id::text = '5'", fix: null },
    ],
    good: ["select id from events where id = 1 and at::date = '2024-01-01'", "select id from events where number::bigint = 5"],
  },
});

test("the index of a column serves exactly the casts that the rule is silent about", async () => {
  await database.exec(
    "set enable_seqscan = off; create index on events (title); create index on events (code); create index on events (net)",
  );
  const served = async (condition: string) => {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(`explain select from events where ${condition}`);
    return rows.some((row) => row["QUERY PLAN"].includes("Index Cond"));
  };
  for (const condition of [
    "title::varchar = 'x'",
    "code::text = 'x'",
    "code::varchar(30) = 'x'",
    "at::timestamptz = now()",
    "id::bigint = 5",
  ])
    expect(await served(condition), condition).toBe(true);
  for (const condition of ["id::text = '5'", "at::date = '2024-01-01'", "number::bigint = 5", "title::varchar(5) = 'x'", "id::int = 5"])
    expect(await served(condition), condition).toBe(false);
});

test("an expression is told of by this rule or by that on functions, never by both", async () => {
  for (const condition of [
    "lower(title)::text = 'x'",
    "(lower(title))::date = '2024-01-01'",
    "lower(id::text) = 'x'",
    "date(at::date) = '2024-01-01'",
  ]) {
    const [statement] = await parseStatements(`select from events where ${condition}`);
    if (!statement) throw new Error(condition);
    expect(
      run(
        [rule, functionOnColumn],
        readQuery(statement, () => undefined),
        undefined,
      ).length,
      condition,
    ).toBeLessThan(2);
  }
});
