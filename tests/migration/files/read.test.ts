import { expect, test } from "vitest";
import { type Migration, type MigrationFile, readMigrations, type Script } from "../../../src/migration/files/read.ts";
import { habits, runners } from "../../../src/migration/files/runner.ts";
import { spanOf } from "../../../src/sql/position.ts";

const files = (texts: Readonly<Record<string, string>>): readonly MigrationFile[] =>
  Object.entries(texts).map(([name, text]) => ({ name, text }));

/** "3:1 in 1: create table a ()": the place in the file, the transaction, the statement. What is told is what stands there. */
const shown = ({ file, statements }: Script) =>
  statements.map(({ statement: { start, end, text }, transaction }) => {
    expect(file.text.slice(start, end)).toBe(text);
    const { line, column } = spanOf(file.text, start, end);
    return `${line}:${column} ${transaction === undefined ? "alone" : `in ${transaction}`}: ${text.replaceAll(/\s+/g, " ")}`;
  });

const told = (migrations: readonly Migration[]) =>
  migrations.map(({ name, runner, up, down }) => ({ name, runner, up: shown(up), ...(down && { down: shown(down) }) }));

async function only(texts: Readonly<Record<string, string>>, options?: Parameters<typeof readMigrations>[1]): Promise<Migration> {
  const [migration, ...more] = await readMigrations(files(texts), options);
  if (!migration || more.length > 0) throw new Error(`${more.length} more than one migration`);
  return migration;
}

const index = "create index concurrently orders_total on orders (total)";

test("of plain SQL each statement runs by itself, and places are those of the file whatever its letters", async () => {
  const { runner, up } = await only({ "": "-- é 😀\ncreate table größe ();\n\n  alter table größe add n int;\n" });
  expect({ runner, up: shown(up), because: up.because }).toEqual({
    runner: undefined,
    up: ["2:1 alone: create table größe ()", "4:3 alone: alter table größe add n int"],
    because: "each statement by itself is assumed: nothing in its text or name says who runs it",
  });
});

test("what the caller says of a transaction counts before all else", async () => {
  const text = "-- +goose Up\n-- +goose NO TRANSACTION\nselect 1;\n";
  expect(shown((await only({ "a.sql": text }, { inTransaction: true })).up)).toEqual(["3:1 in 1: select 1"]);
  expect(shown((await only({ "V1__a.sql": "select 1" }, { inTransaction: false })).up)).toEqual(["1:1 alone: select 1"]);
});

test("Prisma runs statement by statement since 7.4.0, and sent a file as one message before", async () => {
  const texts = {
    "prisma/migrations/20260101120000_total/migration.sql": `-- AlterTable\nalter table "Order" add total int;\n\n-- CreateIndex\n${index};\n`,
    "prisma/migrations/20260101120000_total/down.sql": 'alter table "Order" drop total;',
  };
  const { runner, up, down, notices } = await only(texts);
  expect({ runner, up: shown(up), down: down && shown(down), notices }).toEqual({
    runner: "Prisma",
    up: ['2:1 alone: alter table "Order" add total int', `5:1 alone: ${index}`],
    down: ['1:1 alone: alter table "Order" drop total'],
    notices: [],
  });
  const before = await only(texts, { version: "6.19.0" });
  expect(before.up.statements.map(({ transaction }) => transaction)).toEqual([1, 1]);
  expect(before.up.because).toBe(
    "Prisma (<time>_name/migration.sql is Prisma's name): the whole file in one message, which is one transaction",
  );
  expect(shown((await only({ "a/20260101120000_i/migration.sql": `${index};` }, { version: "7.3.0" })).up)).toEqual([
    `1:1 alone: ${index}`,
  ]);
  expect((await only({ "": "-- CreateTable\ncreate table a ();" })).runner).toBe("Prisma");
});

test("Drizzle cuts at its breakpoints, and runs all files of a run in one transaction", async () => {
  const migrations = await readMigrations(
    files({
      "drizzle/0000_init.sql": `create table orders (total int)\n--> statement-breakpoint\n${index};--> statement-breakpoint\nselect 1`,
      "drizzle/0001_lost.sql": "select 2;",
      "drizzle/meta/_journal.json": '{"entries":[{"idx":0,"tag":"0000_init","breakpoints":true}]}',
    }),
  );
  expect(told(migrations)).toEqual([
    {
      name: "drizzle/0000_init.sql",
      runner: "Drizzle",
      up: ["1:1 in 1: create table orders (total int)", `3:1 in 1: ${index}`, "4:1 in 1: select 1"],
    },
    { name: "drizzle/0001_lost.sql", runner: "Drizzle", up: ["1:1 in 1: select 2"] },
  ]);
  expect(migrations.map(({ up, notices }) => [up.wraps, notices])).toEqual([
    ["run", []],
    ["run", ["drizzle/0001_lost.sql is not in drizzle/meta/_journal.json, so Drizzle does not run it"]],
  ]);
});

test("Supabase takes what refuses a transaction out of it since 2.109.0", async () => {
  const texts = { "supabase/migrations/20260101120000_total.sql": `select 1;\n${index};\nselect 2;` };
  expect(told([await only(texts)])).toEqual([
    { name: Object.keys(texts)[0], runner: "Supabase", up: ["1:1 in 1: select 1", `2:1 alone: ${index}`, "3:1 in 2: select 2"] },
  ]);
  expect((await only(texts, { version: "2.95.3" })).up.statements.map(({ transaction }) => transaction)).toEqual([1, 1, 1]);
  const whole = await only({ "supabase/migrations/1_a.sql": `-- pg-delta: transaction=false\nselect 1;\n${index};` });
  expect(shown(whole.up)).toEqual(["2:1 alone: select 1", `3:1 alone: ${index}`]);
  const own = await only({ "supabase/migrations/1_a.sql": "begin;\nselect 1;\ncommit;" });
  expect([shown(own.up), own.up.because]).toEqual([
    ["1:1 alone: begin", "2:1 alone: select 1", "3:1 alone: commit"],
    "Supabase: as it is written, because the file has a BEGIN or COMMIT of its own",
  ]);
});

test("Flyway runs a file in a transaction, unless its .conf or every statement says otherwise, and takes no mix", async () => {
  const migrations = await readMigrations(
    files({
      "sql/V1__orders.sql": "create table orders ();\nselect 1;",
      "sql/U1__orders.sql": "drop table orders;",
      "sql/V1.1__index.sql": `${index};`,
      "sql/V2__conf.sql": `select 1;\n${index};`,
      "sql/V2__conf.sql.conf": "executeInTransaction=false\n",
      "sql/V3__mix.sql": `select 1;\n-- flyway:executeInTransaction=false\n${index};`,
      "sql/R__views.sql": "create view v as select 1;",
    }),
  );
  expect(told(migrations)).toEqual([
    {
      name: "sql/V1__orders.sql",
      runner: "Flyway",
      up: ["1:1 in 1: create table orders ()", "2:1 in 1: select 1"],
      down: ["1:1 in 1: drop table orders"],
    },
    { name: "sql/V1.1__index.sql", runner: "Flyway", up: [`1:1 alone: ${index}`] },
    { name: "sql/V2__conf.sql", runner: "Flyway", up: ["1:1 alone: select 1", `2:1 alone: ${index}`] },
    { name: "sql/V3__mix.sql", runner: "Flyway", up: ["1:1 in 1: select 1", `3:1 in 1: ${index}`] },
    { name: "sql/R__views.sql", runner: "Flyway", up: ["1:1 in 1: create view v as select 1"] },
  ]);
  expect(migrations.flatMap(({ notices }) => notices)).toEqual([
    `Flyway refuses the file, unless mixed=true is set: "${index}" cannot run in the transaction that the others get`,
  ]);
});

test("a class of ActiveRecord is read where it executes SQL, and what it says in Ruby is told", async () => {
  const text = `class AddTotal < ActiveRecord::Migration[8.0]
  disable_ddl_transaction!

  def up
    execute <<~SQL
      create table notes ();
      ${index}
    SQL
    execute("alter table orders add total int")
    add_column :orders, :tax, :integer
    execute "drop table #{name}"
  end

  def down
    execute 'drop index concurrently orders_total'
  end
end
`;
  const migration = await only({ "db/migrate/20260101120000_add_total.rb": text });
  expect(told([migration])).toEqual([
    {
      name: "db/migrate/20260101120000_add_total.rb",
      runner: "Rails",
      up: ["6:7 in 1: create table notes ()", `7:7 in 1: ${index}`, "9:14 alone: alter table orders add total int"],
      down: ["15:14 alone: drop index concurrently orders_total"],
    },
  ]);
  expect(migration.notices).toEqual([
    "line 10, add_column: it is Ruby, not read; the log of bin/rails db:migrate has its SQL",
    "line 11, execute with #{} or \\ in it: it is Ruby, not read; the log of bin/rails db:migrate has its SQL",
  ]);
  const change = `class A < ActiveRecord::Migration[8.0]
  def change
    # execute "drop table a"
    reversible do |dir|
      dir.up { execute "select 1" }
      dir.down do
        execute "select 2"
      end
    end
  end
end`;
  expect(told([await only({ "a.rb": change })])).toEqual([
    { name: "a.rb", runner: "Rails", up: ["5:25 in 1: select 1"], down: ["7:18 in 1: select 2"] },
  ]);
  const wrapped = await only({ "a.rb": text.replace("  disable_ddl_transaction!\n", "") });
  expect(wrapped.up.statements.map(({ transaction }) => transaction)).toEqual([1, 1, 1]);
});

test("dbmate's sections have a transaction each, and one without has none only for a single statement", async () => {
  const text = `-- migrate:up
create table notes ();
-- migrate:down
drop table notes;
-- migrate:up transaction:false
${index};
-- migrate:down transaction:false
drop index concurrently orders_total;
select 1;
`;
  expect(told(await readMigrations(files({ "db/migrations/1_a.sql": text })))).toEqual([
    { name: "db/migrations/1_a.sql 1", runner: "dbmate", up: ["2:1 in 1: create table notes ()"], down: ["4:1 in 1: drop table notes"] },
    {
      name: "db/migrations/1_a.sql 2",
      runner: "dbmate",
      up: [`6:1 alone: ${index}`],
      down: ["8:1 in 1: drop index concurrently orders_total", "9:1 in 1: select 1"],
    },
  ]);
});

test("golang-migrate sends a file as one message, which is a transaction if it has several statements", async () => {
  const migrations = await readMigrations(
    files({ "1_a.up.sql": `${index};`, "1_a.down.sql": "drop index orders_total;", "2_b.up.sql": `select 1;\n${index};` }),
  );
  expect(told(migrations)).toEqual([
    { name: "1_a.up.sql", runner: "golang-migrate", up: [`1:1 alone: ${index}`], down: ["1:1 alone: drop index orders_total"] },
    { name: "2_b.up.sql", runner: "golang-migrate", up: ["1:1 in 1: select 1", `2:1 in 1: ${index}`] },
  ]);
});

test("goose runs each statement by itself without its transaction, and cuts at lines that end with a semicolon", async () => {
  const text = `-- +goose NO TRANSACTION
-- +goose Up
${index};
select 1; select 2;
-- +goose StatementBegin
create function f() returns int language plpgsql as $$
begin
  return 1;
end $$;
-- +goose StatementEnd
do $$
begin
  perform 1;
end $$;

-- +goose Down
drop index orders_total;
`;
  const migration = await only({ "00001_a.sql": text });
  expect(told([migration])).toEqual([
    {
      name: "00001_a.sql",
      runner: "goose",
      up: [
        `3:1 alone: ${index}`,
        "4:1 in 2: select 1",
        "4:11 in 2: select 2",
        "6:1 alone: create function f() returns int language plpgsql as $$ begin return 1; end $$",
        "11:1 alone: do $$ begin perform 1; end $$",
      ],
      down: ["17:1 alone: drop index orders_total"],
    },
  ]);
  expect(migration.notices).toEqual([
    "goose sends the statement of line 11 in pieces, cut where a line in it ends with a semicolon: put -- +goose StatementBegin before and -- +goose StatementEnd after it",
  ]);
  expect((await only({ "a.sql": "-- +goose Up\nselect 1;\nselect 2;" })).up.statements.map(({ transaction }) => transaction)).toEqual([
    1, 1,
  ]);
});

test("sqlx leaves its transaction out for -- no-transaction at the very start", async () => {
  const alone = await only({
    "1_a.up.sql": `-- no-transaction\n${index};`,
    "1_a.down.sql": "-- no-transaction\ndrop index concurrently a;",
  });
  expect(told([alone])).toEqual([
    { name: "1_a.up.sql", runner: "sqlx", up: [`2:1 alone: ${index}`], down: ["2:1 alone: drop index concurrently a"] },
  ]);
  const two = await only({ "1_a.sql": `-- no-transaction\nselect 1;\n${index};` });
  expect(shown(two.up)).toEqual(["2:1 in 1: select 1", `3:1 in 1: ${index}`]);
  expect(two.up.because).toBe(
    "sqlx (it starts with sqlx's -- no-transaction): no transaction, in one message, because of -- no-transaction",
  );
  const given = await only({ "1_a.up.sql": `\n-- no-transaction\n${index};` }, { runner: "sqlx" });
  expect(shown(given.up)).toEqual([`3:1 in 1: ${index}`]);
});

test("diesel asks metadata.toml, and sends up.sql as one message", async () => {
  const texts = {
    "migrations/2026-01-01-120000_total/up.sql": `${index};`,
    "migrations/2026-01-01-120000_total/down.sql": "drop index orders_total;",
  };
  const path = "migrations/2026-01-01-120000_total";
  expect(told([await only(texts)])).toEqual([
    { name: `${path}/up.sql`, runner: "diesel", up: [`1:1 in 1: ${index}`], down: ["1:1 in 1: drop index orders_total"] },
  ]);
  const alone = await only({ ...texts, [`${path}/metadata.toml`]: "run_in_transaction = false\n" });
  expect(shown(alone.up)).toEqual([`1:1 alone: ${index}`]);
  expect(alone.up.because).toBe(
    `diesel (<time>_name/up.sql and down.sql are diesel's names): no transaction, in one message, because of run_in_transaction = false in ${path}/metadata.toml`,
  );
});

test("sql-migrate has a transaction for each direction that does not say notransaction", async () => {
  const text = `-- +migrate Up notransaction\n${index};\nselect 1;\n-- +migrate Down\ndrop index orders_total;\n`;
  expect(told([await only({ "a.sql": text })])).toEqual([
    {
      name: "a.sql",
      runner: "sql-migrate",
      up: [`2:1 alone: ${index}`, "3:1 alone: select 1"],
      down: ["5:1 in 1: drop index orders_total"],
    },
  ]);
});

test("node-pg-migrate runs all files of a run in one transaction, and all of a file that has no part for up", async () => {
  const both = await only({ "migrations/1_a.sql": "-- Up Migration\nselect 1;\n-- Down Migration\nselect 2;" });
  expect(told([both])).toEqual([
    { name: "migrations/1_a.sql", runner: "node-pg-migrate", up: ["2:1 in 1: select 1"], down: ["4:1 in 1: select 2"] },
  ]);
  const without = await only({ "a.sql": "select 1;\n-- Down Migration\nselect 2;" });
  expect(shown(without.up)).toEqual(["1:1 in 1: select 1", "3:1 in 1: select 2"]);
  expect(without.notices).toEqual([
    "without a line -- Up Migration, node-pg-migrate runs all of the file as up, with what stands under -- Down Migration",
  ]);
});

test("each changeset of Liquibase is a migration with its own transaction, attributes and rollback", async () => {
  const text = `--liquibase formatted sql

--changeset ann:1
create table notes ();
--rollback drop table notes;

--changeset ann:2 runInTransaction:false
--comment: the index
${index};
select 1;
/* liquibase rollback
drop index concurrently orders_total;
*/

--changeset ann:3 splitStatements:false runInTransaction:false
select 1;
select 2;
--rollback not required

--changeset bob:4 endDelimiter:/
create function f() returns int language sql as 'select 1'
/
select 2
/

--changeset bob:5 dbms:mysql
create table a (b int) engine = innodb;
`;
  expect(told(await readMigrations(files({ "db/changelog.sql": text })))).toEqual([
    { name: "db/changelog.sql ann:1", runner: "Liquibase", up: ["4:1 in 1: create table notes ()"], down: ["5:12 in 1: drop table notes"] },
    {
      name: "db/changelog.sql ann:2",
      runner: "Liquibase",
      up: [`9:1 alone: ${index}`, "10:1 alone: select 1"],
      down: ["12:1 alone: drop index concurrently orders_total"],
    },
    { name: "db/changelog.sql ann:3", runner: "Liquibase", up: ["16:1 in 1: select 1", "17:1 in 1: select 2"] },
    {
      name: "db/changelog.sql bob:4",
      runner: "Liquibase",
      up: ["21:1 in 1: create function f() returns int language sql as 'select 1'", "23:1 in 1: select 2"],
    },
  ]);
});

test("Atlas heeds its directive above an empty line at the top of the file only", async () => {
  const heeded = await only({ "1.sql": `-- atlas:txmode none\n\n${index};\nselect 1;` });
  expect(shown(heeded.up)).toEqual([`3:1 alone: ${index}`, "4:1 alone: select 1"]);
  const idle = await only({ "1.sql": `-- atlas:txmode none\n${index};` });
  expect(shown(idle.up)).toEqual([`2:1 in 1: ${index}`]);
  expect(idle.notices).toEqual(['Atlas does not heed "-- atlas:txmode none" here: it reads it above an empty line at the top of the file']);
  const beside = await readMigrations(files({ "m/1_a.sql": "select 1;", "m/atlas.sum": "h1:…" }));
  expect(told(beside)).toEqual([{ name: "m/1_a.sql", runner: "Atlas", up: ["1:1 in 1: select 1"] }]);
});

test("what is for psql is cut out and told, and places stay", async () => {
  const text = `--
-- PostgreSQL database dump
--

\\restrict abc
\\connect shop
create table notes (id int, body text);
copy notes (id, body) from stdin;
1\t\\N
2\tdrop table notes;

\\.
\\i more.sql
${index};
`;
  const { runner, up, notices } = await only({ "dump.sql": text });
  expect({ runner, up: shown(up), cut: up.cut.map(({ start, what }) => `${spanOf(text, start, start).line} ${what}`), notices }).toEqual({
    runner: "psql",
    up: ["7:1 alone: create table notes (id int, body text)", "8:1 alone: copy notes (id, body) from stdin", `14:1 alone: ${index}`],
    cut: ["5 \\restrict", "6 \\connect", "9 3 rows of COPY", "13 \\i"],
    notices: ["\\i in line 13 runs SQL that is not in this file and was not read"],
  });
  const sent = await only({ "supabase/migrations/1_a.sql": "\\restrict abc\nselect 1;" });
  expect(sent.notices).toEqual(["\\restrict in line 1 is a command of psql; Supabase sends it to the server, which refuses it"]);
});

test("lines may end as on Windows, and a byte order mark is no part of the first word", async () => {
  const goose = "-- +goose Up\r\n-- +goose NO TRANSACTION\r\nselect 1;\r\n  select 2;\r\n-- +goose Down\r\nselect 3;";
  expect(shown((await only({ "a.sql": goose })).up)).toEqual(["3:1 alone: select 1", "4:3 alone: select 2"]);
  const atlas = await only({ "1.sql": "-- atlas:txmode none\r\n\r\nselect 1;\r\n" });
  expect(shown(atlas.up)).toEqual(["3:1 alone: select 1"]);
  const { statements } = (await only({ "a.sql": "\uFEFFselect 1;" })).up;
  expect(statements.map(({ statement }) => [statement.start, statement.text])).toEqual([[1, "select 1"]]);
});

test("a file that its runner refuses for want of a section is told", async () => {
  await expect(only({ "a.sql": "-- +goose Down\nselect 1;" })).rejects.toThrow(
    'a.sql has no line "-- +goose Up" of its own, without which goose runs nothing of it. Add it.',
  );
  expect((await only({ "a.sql": "-- migrate:up\nselect 1;" })).notices).toEqual([
    "dbmate refuses the file, because it has no line -- migrate:down",
  ]);
});

test("every runner that can leave its transaction says how", () => {
  expect(runners.filter((runner) => habits[runner].wayOut === undefined)).toEqual(["Drizzle"]);
});
