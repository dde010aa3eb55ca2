import { expect, test } from "vitest";
import { readScript } from "../../src/migration/script.ts";
import type { Step } from "../../src/migration/step.ts";

const read = async <Fact>(text: string, fact: (step: Step) => Fact, wrapped = false): Promise<readonly Fact[]> =>
  (await readScript(text, { wrapped })).map(fact);

test("a transaction is open from BEGIN to COMMIT, and each step knows those before it in the same one", async () => {
  const text = "select 1; begin; select 2; select 3; commit; select 4";
  expect(await read(text, (step) => step.inTransaction)).toEqual([false, false, true, true, true, false]);
  expect(await read(text, (step) => step.before.map(({ number }) => number))).toEqual([[], [], [], [3], [3, 4], []]);
});

test("a runner's transaction is ended by the script's own COMMIT, and a second BEGIN changes nothing", async () => {
  expect(await read("select 1; begin; select 2; commit; select 3", (step) => step.inTransaction, true)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});

test("COMMIT AND CHAIN opens the next transaction", async () => {
  expect(await read("begin; select 1; commit and chain; select 2", (step) => [step.inTransaction, step.before.length])).toEqual([
    [false, 0],
    [true, 0],
    [true, 1],
    [true, 0],
  ]);
});

test("what is rolled back is forgotten: tables, settings and the steps themselves", async () => {
  const text = "begin; set lock_timeout = 100; savepoint a; create table notes (); rollback to a; select 1; rollback; select 2";
  expect(await read(text, (step) => step.isNew({ name: "notes" }))).toEqual([false, false, false, false, true, false, false, false]);
  expect(await read(text, (step) => step.lockTimeout)).toEqual([undefined, undefined, 100, 100, 100, 100, 100, undefined]);
  expect((await read(text, (step) => step.before.length))[5]).toBe(1);
});

test.each([
  ["set lock_timeout = '2s'", 2000],
  ["set lock_timeout to 500", 500],
  ["set session lock_timeout = '1min'", 60_000],
  ["set lock_timeout = '1.5 s'", 1500],
  ["set lock_timeout = 0", 0],
  ["select set_config('lock_timeout', '3s', false)", 3000],
  ["select pg_catalog.set_config('LOCK_TIMEOUT', '250', false)", 250],
  ["set local lock_timeout = '2s'", undefined],
  ["set lock_timeout = '2s'; reset lock_timeout", undefined],
  ["set lock_timeout = '2s'; set lock_timeout to default", undefined],
  ["set lock_timeout = '2s'; reset all", undefined],
  ["begin; set local lock_timeout = '2s'", 2000],
  ["begin; set local lock_timeout = '2s'; commit", undefined],
  ["begin; set lock_timeout = '2s'; commit", 2000],
  ["set statement_timeout = '2s'", undefined],
])("after %s a statement waits %s ms for a lock", async (text, expected) => {
  expect((await read(`${text}; select 1`, (step) => step.lockTimeout)).at(-1)).toBe(expected);
});

test("a statement timeout is told apart", async () => {
  expect((await read("set statement_timeout = '1h'; select 1", (step) => [step.lockTimeout, step.statementTimeout]))[1]).toEqual([
    undefined,
    3_600_000,
  ]);
});

test("a table that the script makes is new under the name it has by then", async () => {
  const isNew = async (text: string, name: string, schema?: string) =>
    (await read(`${text}; select 1`, (step) => step.isNew({ schema, name }))).at(-1);
  expect(await isNew("create table notes ()", "notes")).toBe(true);
  expect(await isNew("create table notes ()", "notes", "public")).toBe(true);
  expect(await isNew("create table app.notes ()", "notes")).toBe(false);
  expect(await isNew("create table if not exists notes ()", "notes")).toBe(false);
  expect(await isNew("create table notes as select 1", "notes")).toBe(true);
  expect(await isNew("create table notes (); alter table notes rename to remarks", "remarks")).toBe(true);
  expect(await isNew("create table notes (); alter table notes rename to remarks", "notes")).toBe(false);
  expect(await isNew("create table notes (); alter table notes set schema app", "notes", "app")).toBe(true);
  expect(await isNew("create table notes (); drop table notes", "notes")).toBe(false);
  expect(await isNew("set search_path = app; create table notes ()", "notes", "app")).toBe(true);
});

test("psql's own lines are passed over, and places stay", async () => {
  const [step] = await readScript("\\set ON_ERROR_STOP on\ncreate table notes ();");
  expect(step?.statement).toMatchObject({ text: "create table notes ()", start: 22 });
});
