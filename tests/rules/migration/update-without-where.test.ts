import rule from "../../../src/rules/migration/update-without-where.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "update users set country = 'unknown'",
      severity: "error",
      object: "users",
      message: "UPDATE without WHERE writes a new version of every row of users, and keeps all of them locked until the transaction ends.",
    },
    'update only app."Users" as u set a = b + 1 returning *',
    "begin; alter table users add a int; update users set a = 1; commit",
    "create table notes (id int); update users set a = 1",
    "with x as (select 1) update users set (a, b) = (1, 2)",
  ],
  good: [
    "update users set a = 1 where id between 1 and 5000",
    "update users set a = 1 where true",
    "update users set a = b.a from b where b.id = users.id",
    "create table staging (id int); update staging set id = 1",
    "insert into users values (1) on conflict (id) do update set a = 1",
  ],
  rehearsed: {
    setup: "create table users (id bigint primary key, a int, at timestamptz); create table other (n int); create table keyless (a int)",
    bad: [
      {
        sql: "update users set a = (a + 1)",
        fix: `do $batches$
declare
  batch_start users.id%type;
  batch_end users.id%type;
begin
  select t.id into batch_start from users t order by t.id limit 1;
  while batch_start is not null loop
    select t.id into batch_end from users t where t.id >= batch_start order by t.id offset 10000 limit 1;
    if batch_end is null then
      update users t set a = (a + 1) where t.id >= batch_start;
    else
      update users t set a = (a + 1) where t.id >= batch_start and t.id < batch_end;
    end if;
    commit;
    batch_start := batch_end;
  end loop;
end $batches$;`,
      },
      ...[
        "begin; update users set a = 1; commit",
        "update users set at = now()",
        "update users set id = id + 1",
        "update users u set a = u.a + 1",
        "update only users set a = 1",
        "update users set a = (select max(n) from other)",
        "update users set a = 1 returning id",
        "update keyless set a = 1",
      ].map((sql) => ({ sql, fix: null })),
    ],
    good: [],
  },
});
