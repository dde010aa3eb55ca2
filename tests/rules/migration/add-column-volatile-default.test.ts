import rule from "../../../src/rules/migration/add-column-volatile-default.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users add column token uuid default gen_random_uuid()",
      at: "add column token uuid default gen_random_uuid()",
      severity: "error",
      object: "users.token",
      message:
        "gen_random_uuid() is volatile, so adding token computes it for every row: users and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: null,
    },
    { sql: 'alter table app."Users" add "At" timestamptz not null default pg_catalog.clock_timestamp()', object: 'app."Users".At' },
    "alter table users add column a int, add column b float default 1 + random()",
    "alter table users add column id bigint default nextval('users_id_seq')",
    {
      sql: "alter table users add column token text default app.new_token()",
      severity: "warning",
      message:
        "If new_token() is volatile, as functions are unless they say otherwise, adding token computes it for every row: users and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.",
    },
  ],
  good: [
    "alter table users add column a int default 5",
    "alter table users add column a timestamptz not null default now()",
    "alter table users add column a date default current_date",
    "alter table users add column a jsonb default jsonb_build_object('a', lower('B'))",
    "alter table users add column token uuid; alter table users alter column token set default gen_random_uuid()",
    "create table users (id int); alter table users add column token uuid default gen_random_uuid()",
    "create table users (token uuid default gen_random_uuid())",
  ],
  rehearsed: {
    setup: `
      create table users (id bigint primary key);
      create function steady() returns int stable language plpgsql as 'begin return 1; end';
      create function unsteady() returns int language plpgsql as 'begin return 1; end'`,
    rows: { users: 50_000_000 },
    bad: [
      {
        sql: "alter table users add column a int default unsteady()",
        severity: "error",
        message:
          "unsteady() is volatile, so adding a computes it for every row: users (about 50,000,000 rows) and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      },
      {
        sql: "alter table users add column a uuid not null default gen_random_uuid()",
        fix: `alter table users add column a uuid;
alter table users alter column a set default gen_random_uuid();
do $batches$
declare
  batch_start users.id%type;
  batch_end users.id%type;
begin
  select t.id into batch_start from users t order by t.id limit 1;
  while batch_start is not null loop
    select t.id into batch_end from users t where t.id >= batch_start order by t.id offset 10000 limit 1;
    if batch_end is null then
      update users t set a = default where t.id >= batch_start;
    else
      update users t set a = default where t.id >= batch_start and t.id < batch_end;
    end if;
    commit;
    batch_start := batch_end;
  end loop;
end $batches$;
alter table users add constraint users_a_not_null check (a is not null) not valid;
alter table users validate constraint users_a_not_null;
alter table users alter column a set not null;
alter table users drop constraint users_a_not_null;`,
      },
      { sql: "alter table users add column a uuid default gen_random_uuid() unique", fix: null },
      { sql: "begin; alter table users add column a uuid default gen_random_uuid(); commit", fix: null },
    ],
    good: ["alter table users add column a int default steady()", "alter table users add column a timestamptz default now()"],
  },
});
