import { expect, test } from "vitest";
import { scratchOf } from "./rewriting.ts";

/** Constraints that look like more than they are. */
const scratch = await scratchOf(`
create table parents (id int primary key, name text not null);
create table hidden (id int primary key);
alter table hidden enable row level security;
create table inherited (id int primary key, name text);
create table heirs () inherits (inherited);
create table children (
  id int primary key,
  kept int not null references parents,
  late int not null references parents deferrable initially deferred,
  old int not null,
  guarded int not null references hidden,
  above int not null references inherited,
  loose int,
  code int,
  unique (code),
  pair int not null
);
alter table children add constraint old_key foreign key (old) references parents not valid;
alter table children add constraint loose_is_told not null loose not valid;
create unique index on children (pair) where pair > 3;
`);

const sqlOf = async (sql: string) => (await scratch.drafts(sql)).map((draft) => draft.sql);

const counted = (column: string, parent: string) => `select count(*) from children c join ${parent} p on p.id = c.${column}`;

test("a foreign key that holds at all times makes a join needless", async () => {
  expect(await sqlOf(counted("kept", "parents"))).toEqual(["select count(*) from children c"]);
});

test.each([
  ["that is checked at the end of a transaction", counted("late", "parents")],
  ["that older rows need not meet", counted("old", "parents")],
  ["to a table whose rows a policy may hide", counted("guarded", "hidden")],
  ["to a table that others inherit from", counted("above", "inherited")],
])("a foreign key %s makes no join needless", async (_, sql) => {
  expect(await sqlOf(sql)).toEqual([]);
});

test.each(["late", "old", "guarded", "above"])("the groups of %s are looked up nowhere else", async (column) => {
  expect(await sqlOf(`select distinct on (${column}) id from children order by ${column}, id`)).toEqual([]);
});

test("a NOT NULL that older rows need not meet is named as a condition", async () => {
  const [draft] = await scratch.drafts("select id from parents where id not in (select loose from children)");
  expect(draft?.assumes?.map(({ column }) => column)).toEqual(["loose"]);
  expect(await sqlOf("select id from children order by loose, id limit 3 offset 3")).toEqual([]);
  expect(await sqlOf("select id from children where loose is not distinct from code")).toEqual([]);
});

test("a key that has NULL is unique for what equals it, and orders only what is not NULL", async () => {
  expect(await sqlOf("select p.id, (select c.kept from children c where c.code = p.id) from parents p")).toHaveLength(1);
  expect(await sqlOf("select id from children order by code limit 3 offset 3")).toEqual([]);
  expect(await sqlOf("select id from children where code > 3 order by code limit 3 offset 3")).toHaveLength(1);
});

test("an index over a part of the rows tells none of the others apart", async () => {
  expect(await sqlOf("select p.id, (select c.kept from children c where c.pair = p.id) from parents p")).toEqual([]);
  expect(await sqlOf("select pair from children order by pair limit 3 offset 3")).toEqual([]);
});

test("what a rewrite rests on is named: keys, and columns that are NOT NULL", async () => {
  const told = async (sql: string) => {
    const [draft] = await scratch.drafts(sql);
    return draft && (await scratch.shown(sql, draft, draft.pattern))?.restsOn;
  };
  expect(await told(counted("kept", "parents"))).toEqual(["children_kept_fkey", "children.kept NOT NULL"]);
  expect(await told("select id from parents where id not in (select pair from children)")).toEqual(["children.pair NOT NULL"]);
  expect(await told("select p.id, (select c.kept from children c where c.code = p.id) from parents p")).toEqual(["children_code_key"]);
  expect(await told("select id from children where kept = 1 or kept = 2")).toEqual([]);
});
