import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/multiple-alter-same-table.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users add column city text; alter table users add column country text",
      at: "alter table users add column country text",
      severity: "info",
      object: "users",
      message:
        "This ALTER TABLE and the one before it wait for the lock on users and go through its rows each by itself: as one statement they do so once.",
      fix: null,
    },
    { sql: "alter table users alter a set not null; alter table users alter b set not null", inTransaction: true },
    "alter table app.users drop column a; alter table app.users drop column b",
    "alter table users drop constraint c; alter table users add column d int",
    "create table users (id int); alter table users add column a int; alter table users add column b int",
  ],
  good: [
    "alter table users add column city text, add column country text",
    "alter table users add column city text; alter table posts add column title text",
    "alter table public.users add column city text; alter table admin.users add column city text",
    "alter table users add column city text; update users set city = ''; alter table users alter city set not null",
    "begin; alter table users add column a int; commit; begin; alter table users add column b int; commit",
    "alter table users add constraint c check (a > 0) not valid; alter table users validate constraint c",
    "alter table users validate constraint c; alter table users alter a set not null",
    // In one statement the constraint would be dropped first, and with it the proof.
    "alter table users alter a set not null; alter table users drop constraint a_not_null",
    "alter table users attach partition a for values in (1); alter table users attach partition b for values in (2)",
    "alter table users add column a int; alter table only users add column b int",
    "alter table users rename column a to b; alter table users rename column c to d",
    "alter index a set (fillfactor = 70); alter index a set (fillfactor = 80)",
  ],
});

test("in one statement the constraint that proves NOT NULL is dropped first, and the table is read", async () => {
  const database = await sharedEmbedded();
  await database.exec("create table users (a int constraint proof check (a is not null)); insert into users values (1)");
  const notices: string[] = [];
  await database.exec(
    "begin; set local client_min_messages = debug1; alter table users alter a set not null, drop constraint proof; rollback",
    {
      onNotice: ({ message = "" }) => notices.push(message),
    },
  );
  expect(notices.filter((notice) => /verifying table|existing constraints/.test(notice))).toEqual(['verifying table "users"']);
});
