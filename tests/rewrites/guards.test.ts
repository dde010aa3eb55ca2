import { expect, test } from "vitest";
import { odd } from "./odd.ts";
import { scratchOf } from "./rewriting.ts";

const scratch = await scratchOf(odd);

const refused: readonly (readonly [trap: string, sql: string])[] = [
  ["DISTINCT over what is different at each call", "select distinct k.id, random() from kinds k join parts p on p.kind_id = k.id"],
  ["a call that may be different for each row", "select id from kinds where dice() = 3 or label = 'a'"],
  ["a view that calls what is different at each call", "select id from drawn where id = 3 or name = 'a'"],
  ["a view of such a view", "select id from over_drawn where id = 3 or amount = 4"],
  ["LIMIT without ORDER BY", "select id from kinds where amount = 3 or label = 'a' limit 3"],
  ["LIMIT without ORDER BY in a view", "select id from some_kinds where id = 3 or amount = 4"],
  ["LIMIT by a column that one of several values has", "select id from kinds where label = any ('{a,b}') order by amount limit 3 offset 3"],
  ["LIMIT by a column that is unique by another collation", "select id from parts where amount = 3 or size = 4 order by label limit 3"],
  [
    "a correlated LIMIT in an open order",
    "select k.id, (select p.size from parts p where p.kind_id = k.id order by p.amount limit 1) from kinds k",
  ],
  [
    "NOT IN under a correlated LIMIT",
    "select id from kinds k where id not in (select kind_id from parts p where p.amount = k.amount order by p.id limit 2)",
  ],
  [
    "row numbers in an open order",
    "select id, row_number() over (order by amount) from kinds where amount = 4 or id in (select kind_id from parts)",
  ],
  ["DISTINCT of row numbers", "select distinct k.id, row_number() over (order by k.id) from kinds k join parts p on p.kind_id = k.id"],
  ["DISTINCT of a sum, which counts the doubles", "select distinct sum(k.amount) from kinds k join parts p on p.kind_id = k.id"],
  ["a text of many rows in an open order", "select string_agg(label, ',') from kinds where amount = 3 or label = 'a'"],
  ["several rows for one beside DISTINCT", "select distinct k.id, unnest(k.tags) from kinds k join parts p on p.kind_id = k.id"],
  ["several rows by a function of one's own", "select distinct k.id, twice(k.amount) from kinds k join parts p on p.kind_id = k.id"],
  ["several rows for one under LIMIT", "select id, unnest(tags) from kinds where amount = 3 or label = 'a' order by id limit 3"],
  ["rows that are locked", "select id from kinds where amount = 3 or label = 'a' for no key update skip locked"],
  [
    "texts that are compared by another collation",
    "select p.id, (select max(k.amount) from kinds k where k.label = p.name collate folded) from parts p",
  ],
  ["texts that two collations compare", "select p.id, (select max(k.amount) from kinds k where k.code = p.label) from parts p"],
  [
    "branches that only a collation tells apart",
    "select id, name from kinds where name = 'a' union select id, name from kinds where name = 'A'",
  ],
  ["char(4), whose blanks are none, beside text", "select k.id, (select max(p.amount) from parts p where p.code = k.code) from kinds k"],
  [
    "numbers of which several are one in floating point",
    "select p.id, (select k.amount from kinds k where k.price = p.price) from parts p",
  ],
  [
    "text constants that are read as the days of a third branch",
    "select id, 'epoch' from kinds union select id, '1970-01-01' from parts union select id, at from parts where at is null",
  ],
  ["a division that LIMIT keeps from most rows", "select id, 10 / amount from kinds where amount = 3 or label = 'a' order by id limit 3"],
  [
    "a division that NOT IN keeps from some rows",
    "select p.id from parts p where p.kind_id not in (select k.id from kinds k where k.amount = 3) and 10 / p.amount > 1",
  ],
  [
    "a division that EXISTS would not come to",
    "select id from kinds k where (select count(10 / p.amount) from parts p where p.kind_id = k.id) > 0",
  ],
  ["a division in a view", "select id from shared where share = 3 or id = 4"],
  [
    "a cast that a WITH query keeps from most rows",
    "with x as materialized (select id, label from kinds where label ~ '^\\d+$') select id from x where label::int > 3",
  ],
  ["a function of one's own that may refuse a row", "select id from kinds where half(amount) = 3 or label = 'a'"],
  ["a pattern that a column has", "select k.id from kinds k join parts p on p.kind_id = k.id where k.label ~ p.name or k.amount = 3"],
];

test.each(refused)("%s is left as it is", async (_, sql) => {
  expect((await scratch.drafts(sql)).map((draft) => draft.sql)).toEqual([]);
});

const kept: readonly (readonly [trap: string, sql: string])[] = [
  ["a division by what is never 0", "select id from kinds where 10 / nullif(amount, 0) = 3 or label = 'a'"],
  ["an error of the rows that are returned", "select id, 10 / amount from kinds where (amount = 3 or label = 'a')"],
  ["-0 equals 0, and NaN itself", "select p.id, (select max(k.amount) from kinds k where k.ratio = p.ratio) from parts p"],
  ["-0 is in a list with 0", "select id from kinds where ratio = 0 or ratio = 1"],
  ["blanks behind char(4)", "select id from kinds where code = 'a' or code = 'b '"],
  ["texts that a collation makes one", "select id from kinds where name = 'a' or name = 'B' or amount = 3"],
  [
    "row numbers in an order that leaves nothing open",
    "select id, row_number() over (order by amount, id) from kinds where amount = 4 or id in (select kind_id from parts)",
  ],
  ["a list in the order of its own values", "select string_agg(label, ',' order by label) from kinds where amount = 3 or label = 'a'"],
  [
    "a document of rows in their order",
    "select json_agg(q) from (select id, label from kinds where amount = 3 or label = 'a' order by id) q",
  ],
  [
    "a correlated LIMIT in a whole order",
    "select k.id, (select p.size from parts p where p.kind_id = k.id order by p.amount, p.id limit 1) from kinds k",
  ],
  ["rows that a barrier hides", "select id from barred where id = 3 or amount = 4"],
  ["rows that a policy hides", "select id from guarded where id = 3 or amount = 4"],
  [
    "rows that an outer join makes",
    "select k.id, p.id from kinds k left join parts p on p.kind_id = k.id where p.size is not distinct from 3 or k.amount = 3",
  ],
];

test.each(kept)("%s: the same rows before and after", async (_, sql) => {
  const drafts = await scratch.drafts(sql);
  expect(drafts.length).toBeGreaterThan(0);
  for (const { dataSets, same } of await scratch.compare(sql, drafts, 24)) {
    expect(dataSets).toBeGreaterThanOrEqual(12);
    expect(same).toBe(dataSets);
  }
});

test("one text of another type is no reason to think of two texts as one", async () => {
  const sql = "select id, 'kind' from kinds union select id, 'part' from parts union select id, name from parts where name is null";
  expect((await scratch.drafts(sql)).map(({ pattern }) => pattern)).toEqual(["UNION to UNION ALL"]);
});

test("a key of another table of the same name for a column keeps no rows apart", async () => {
  const [draft] = await scratch.drafts("select distinct p.amount from parts p, kinds c, guarded d where c.amount = 3 and p.id = d.amount");
  expect(draft?.sql).toMatch(/^select distinct /);
});

test("a rewrite is not shown where the statement fails on most data sets", async () => {
  const sql = "select id, 100 / amount from kinds where amount < 2 or amount > 2";
  expect(await scratch.shown(sql, { sql: `${sql} and true` })).toBeUndefined();
});
