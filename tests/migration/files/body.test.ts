import { expect, test } from "vitest";
import { bodyOf } from "../../../src/migration/files/body.ts";
import { readMigrations } from "../../../src/migration/files/read.ts";
import { spanOf } from "../../../src/sql/position.ts";

/** The bodies of a file, each statement with its place and what is around it. */
async function bodiesIn(text: string) {
  const [migration] = await readMigrations([{ name: "a.sql", text }]);
  const bodies = await Promise.all((migration?.up.statements ?? []).map(({ statement }) => bodyOf(statement)));
  const place = (at: number) => `${spanOf(text, at, at).line}:${spanOf(text, at, at).column}`;
  return bodies.map(
    (body) =>
      body && {
        runs: body.runs,
        statements: body.statements.map(
          ({ statement, written, around, isExecuted }) =>
            `${place(written.start)} ${[...around, ...(isExecuted ? ["executed"] : [])].join(", ")}: ${statement.text.replaceAll(/\s+/g, " ")}`,
        ),
        dynamic: body.dynamic.map(
          ({ start, end, begins, around }) => `${place(start)} ${around.join(", ")}: ${begins}… ${text.slice(start, end)}`,
        ),
        unread: body.unread.map(({ start, why }) => `${place(start)} ${why}`),
      },
  );
}

test("the statements of a DO block have their places in the file, and what decides whether they run", async () => {
  const text = `select 1; -- é
do $body$
declare
  found_one record;
  n int := 0;
begin
  /* drop table a */ drop table a;
  if n = 0 then
    create type size as enum ('s');
  elsif n = 1 then alter table a add b int;
  else
    update a set b = 1;
  end if;
  for found_one in select tablename from pg_tables where tablename = 'ü' loop
    begin
      perform pg_sleep(1);
      delete from a where b = 2;
    exception when others then
      truncate a;
    end;
    while n < 3 loop
      n := n + 1;
      select b into strict n from a where b = 'drop table a';
    end loop;
  end loop;
  insert into a (b) values (1) returning b into n;
  call refill();
  case n when 1 then drop table b; else drop table b; end case;
end $body$;
`;
  expect((await bodiesIn(text))[1]).toEqual({
    runs: "with the migration",
    statements: [
      "7:22 : drop table a",
      "9:5 condition: create type size as enum ('s')",
      "10:20 condition: alter table a add b int",
      "12:5 condition: update a set b = 1",
      "14:20 : select tablename from pg_tables where tablename = 'ü'",
      "16:7 loop, exception block: select pg_sleep(1)",
      "17:7 loop, exception block: delete from a where b = 2",
      "19:7 loop, exception handler: truncate a",
      "23:7 loop, loop: select b from a where b = 'drop table a'",
      "26:3 : insert into a (b) values (1) returning b",
      "27:3 : call refill()",
      "28:22 condition: drop table b",
      "28:41 condition: drop table b",
    ],
    dynamic: [],
    unread: [],
  });
});

test("what EXECUTE runs is read where its text is fixed, and listed where it is not", async () => {
  const text = `do $$
declare name text := 'a';
begin
  execute 'create index on a (b)';
  execute 'update a set b = ''x''; drop table b';
  execute $q$comment on table a is 'it''s'$q$;
  execute 'alter table a ' || 'drop column b'::text;
  execute format('alter table %I add %s int default %L', 'A b', 'c', 'it''s');
  execute format('drop table %2$I, %1$I /* 5 %% */', 'one', 'two');
  execute 'drop table ' || name;
  execute format('alter table %I add d int', name) using 1;
  execute name;
  for name in execute 'select ' || 1 loop null; end loop;
end $$;`;
  expect(await bodiesIn(text)).toEqual([
    {
      runs: "with the migration",
      statements: [
        "4:12 executed: create index on a (b)",
        "5:12 executed: update a set b = 'x'",
        "5:36 executed: drop table b",
        "6:14 executed: comment on table a is 'it''s'",
        "7:12 executed: alter table a drop column b",
        `8:19 executed: alter table "A b" add c int default 'it''s'`,
        "9:19 executed: drop table two, one",
      ],
      dynamic: [
        "10:11 : drop table … 'drop table ' || name",
        "11:11 : alter table … format('alter table %I add d int', name)",
        "12:11 : … name",
        "13:23 : select … 'select ' || 1",
      ],
      unread: [],
    },
  ]);
});

test("a function is read as well, and what is in it runs when it is called", async () => {
  const text = `create function refill(row_of users.id%type, out a int, out b text) language plpgsql as '
declare r users%rowtype; s app.size;
begin
  select id, size into a, s from users where note = ''x'';
  execute ''truncate '' || ''users'';
end';
create function two() returns int language sql as $$ select 1; delete from users $$;
create function one() returns int begin atomic select 1; end;
create function native() returns int language c as 'file', 'symbol';
create procedure other() language plpython3u as $$ pass $$;
create trigger t after insert on users execute function refill();`;
  expect(await bodiesIn(text)).toEqual([
    {
      runs: "when called",
      statements: ["4:3 : select id, size from users where note = 'x'", "5:13 executed: truncate users"],
      dynamic: [],
      unread: [],
    },
    { runs: "when called", statements: ["7:54 : select 1", "7:64 : delete from users"], dynamic: [], unread: [] },
    undefined,
    undefined,
    { runs: "when called", statements: [], dynamic: [], unread: ["10:49 the body is in plpython3u"] },
    undefined,
  ]);
});

test("what cannot be read is told with its reason, and the rest is read", async () => {
  expect(await bodiesIn("do $$ begin drop table a; execute 'drop tabel b'; drop table c; end $$")).toEqual([
    {
      runs: "with the migration",
      statements: ["1:13 : drop table a", "1:51 : drop table c"],
      dynamic: [],
      unread: ['1:35 syntax error at or near "tabel" (body, line 1, column 41)'],
    },
  ]);
  expect((await bodiesIn("do $$ begin if; end $$"))[0]?.unread).toEqual(['1:4 missing "THEN" at end of SQL expression']);
  expect((await bodiesIn(String.raw`do E'begin drop table \x61; end'`))[0]?.unread).toEqual(["1:4 the body is a string with escapes"]);
});

test("thousands of statements in one body, read or not, and thousands of levels are answered", async () => {
  const many = Array.from({ length: 1000 }, (_, at) => `execute 'drop table ''t${at}';`).join("\n");
  const [body] = await bodiesIn(`do $$ begin ${many} end $$`);
  expect([body?.statements.length, body?.unread.length]).toEqual([0, 1000]);
  const deep = `do $$ begin ${"if a then ".repeat(4000)}${"end if; ".repeat(4000)} end $$`;
  expect((await bodiesIn(deep))[0]?.unread).toHaveLength(1);
  expect((await bodiesIn("do $$ begin drop table a; end $$"))[0]?.statements).toEqual(["1:13 : drop table a"]);
});
