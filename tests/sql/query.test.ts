import { expect, test } from "vitest";
import type { Level, TableShape } from "../../src/sql/level.ts";
import { canBeNull, outputCanBeNull, strictFunctions, strictOperators } from "../../src/sql/nulls.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { type Query, readQuery } from "../../src/sql/query.ts";
import { walkExpression } from "../../src/sql/walk.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

const table = (name: string, columns: string): TableShape => ({
  schema: "public",
  name,
  rows: undefined,
  indexes: [],
  columns: columns.split(" ").map((column) => ({ name: column.replace("!", ""), type: "text", notNull: column.endsWith("!") })),
});

const tables = [
  table("users", "id! email! name manager_id"),
  table("orders", "id! user_id total status!"),
  table("lines", "order_id! sku"),
];

const read = async (sql: string, known = tables): Promise<Query<TableShape>> => {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error("no statement");
  return readQuery(statement, ({ name }) => known.find((candidate) => candidate.name === name));
};

/** Every column of the text and what it is: item.column, and which level the item is of. */
async function resolved(sql: string, known = tables): Promise<readonly string[]> {
  const { levels, columnOf } = await read(sql, known);
  const found = levels.flatMap((level) =>
    [...walkExpression(level.expressions)].flatMap(({ kind, node }) => {
      if (kind !== "ColumnRef" || node.fields?.some((field) => "A_Star" in field)) return [];
      const use = columnOf(node, level);
      const from = use && `${use.table?.name ?? use.item.name}.${use.name}${use.level === level ? "" : "^"}`;
      return [{ at: node.location ?? 0, from: from ?? "?" }];
    }),
  );
  return found.sort((a, b) => a.at - b.at).map(({ from }) => from);
}

test.each([
  ["select email, u.id from users u", ["users.email", "users.id"]],
  ["select total, email from users, orders", ["orders.total", "users.email"]],
  [
    "select u.email from users u where exists (select from orders where user_id = u.id and email = 'x')",
    ["users.email", "orders.user_id", "users.id^", "users.email^"],
  ],
  ["select id from users, orders", ["?"]],
  ["select id from users join orders using (id)", ["users.id"]],
  ["select id from users natural join orders", ["users.id"]],
  ["select id from users full join orders using (id)", ["?"]],
  ["select x.b from users as x (a, b)", ["users.email"]],
  [
    "select s.n, total from (select name as n, id from users) s join orders o on o.user_id = s.id",
    ["s.n", "users.name", "users.id", "orders.total", "orders.user_id", "s.id"].sort(),
  ],
  ["with c (a) as (select email from users) select a from c", ["users.email", "c.a"]],
  [
    "select sku from orders o, lateral (select sku from lines where order_id = o.id) l",
    ["l.sku", "lines.sku", "lines.order_id", "orders.id^"],
  ],
  ["select e.name from users e, (select id from users where manager_id = e.id) x", ["users.name", "users.id", "users.manager_id", "?"]],
  [
    "update orders set total = u.id from users u where user_id = u.id and orders.status = 'x'",
    ["users.id", "orders.user_id", "users.id", "orders.status"],
  ],
  ["delete from orders o using users where o.user_id = users.id returning total", ["orders.user_id", "users.id", "orders.total"]],
  ["select a from nobody", ["nobody.a"]],
  ["select a from nobody, nothing", ["?"]],
  ["select 1 from users where exists (select from nobody where a = name)", ["nobody.a", "?"]],
  [
    "with recursive t as (select id, manager_id from users union all select u.id, u.manager_id from users u join t on u.manager_id = t.id) select id from t",
    ["users.id", "users.manager_id", "users.id", "users.manager_id", "users.manager_id", "t.id", "t.id"],
  ],
  ["select column2 from (values (1, 2)) v", ["v.column2"]],
  ["select public.users.id, users.email from public.users", ["users.id", "users.email"]],
])("columns are found as Postgres finds them: %s", async (sql, expected) => {
  expect((await resolved(sql)).toSorted()).toEqual([...expected].sort());
});

test("levels say where they stand", async () => {
  const { levels } = await read(`
    with c as (select 1) insert into lines select 1 from c
     where exists (select 2) and 1 in (select 3 union select 4) and (select 5) = any (array(select 6)) and exists (select from (select 7) x)`);
  expect(levels.map(({ kind, place }) => `${kind} ${place}`)).toEqual([
    "insert top",
    "select cte",
    "select insert",
    "select exists",
    "set in",
    "select branch",
    "select branch",
    "select scalar",
    "select scalar",
    "select exists",
    "select from",
  ]);
});

test("joins know their sides and which items may be filled with NULL", async () => {
  const {
    levels: [level],
  } = await read(
    "select 1 from users u left join (orders o join lines l on l.order_id = o.id) on o.user_id = u.id right join users v on true, orders p cross join lines q",
  );
  expect(level?.items.map(({ name, nullable }) => `${name}${nullable ? "?" : ""}`)).toEqual(["u?", "o?", "l?", "v", "p", "q"]);
  expect(
    level?.joins.map(({ kind, left, right }) => [kind, left.map(({ name }) => name).join(), right.map(({ name }) => name).join()]),
  ).toEqual([
    ["inner", "o", "l"],
    ["left", "u", "o,l"],
    ["right", "u,o,l", "v"],
    ["cross", "p", "q"],
  ]);
});

const targetText = async (sql: string) => {
  const query = await read(sql);
  return query.levels[0]?.targets.map(({ val }) => {
    const span = val && query.spanOf(val);
    return span && query.textOf(span);
  });
};

test.each([
  "a",
  '"é€😀"."ü"',
  "(a + b) * c",
  "a + (b * (c))",
  "-1",
  "- a",
  "a::numeric(10, 2)",
  "(a)::timestamp with time zone",
  "cast (a as text[])",
  "interval '1 day'",
  "timestamp with time zone '2024-01-01'",
  "f( a , (b) )",
  "count(*) filter (where a > 1)",
  "row_number() over (partition by a order by b desc nulls last)",
  "a is not null",
  "(a = 1) is not true",
  "a between 1 and (2)",
  "a not in ('é€😀', (b))",
  "a in (select b from c where d = ')')",
  "not exists (select from a)",
  "case when a then b else (c) end",
  "(array[a, b])[1]",
  "(a).b",
  "a like '%x' escape '!'",
  "a at time zone 'utc'",
  "extract(year from a)",
  "coalesce(a, /* why ) */ b)",
  'a collate "C"',
  "row(a, b) = (c, d)",
  "a is distinct from b",
  "a operator(pg_catalog.+) b",
  "$1 || 'x'",
  "current_date",
  "a = any (array[1, 2])",
])("the span of %s is exact", async (expression) => {
  expect(await targetText(`/* é */ select ${expression}, 1 as x, (${expression}) from t -- end`)).toEqual([expression, "1", expression]);
});

const nullable = async (sql: string) => {
  const { levels } = await read(sql);
  const [top] = levels;
  return top && outputCanBeNull(top, 0);
};

test.each([
  ["select id from users", false],
  ["select name from users", true],
  ["select name from users where name is not null", false],
  ["select name from users where name > 'a'", false],
  ["select name from users where name > 'a' or id = '1'", true],
  ["select o.id from users u left join orders o on o.user_id = u.id", true],
  ["select o.id from users u left join orders o on o.user_id = u.id where o.status = 'x'", false],
  ["select o.user_id from users u join orders o on o.user_id = u.id", false],
  ["select coalesce(name, 'x') from users", false],
  ["select lower(name) from users", true],
  ["select x from nobody", undefined],
  ["select n from (select name as n from users) s", true],
  ["select n from (select name as n from users) s where n = 'x'", false],
  ["with c as (select id from users) select * from c", false],
  ["select id from users union select name from users", true],
  ["select id from users union select status from orders", false],
  ["select null", true],
  ["select count(name) from users", false],
  ["with recursive t as (select id from users union all select t.id from t) select id from t", undefined],
])("%s can be null: %s", async (sql, expected) => expect(await nullable(sql)).toBe(expected));

test("an unknown level answers nothing about null", async () => {
  const { levels } = await read("select $1");
  const [level] = levels as readonly Level<TableShape>[];
  expect(level && canBeNull(level.targets[0]?.val, level)).toBeUndefined();
});

test("functions and operators taken as strict are strict in all their variants", async () => {
  const database = await sharedEmbedded();
  const functions = await database.query<{ name: string; strict: boolean }>(
    "select proname as name, bool_and(proisstrict) as strict from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname = any ($1) group by 1",
    [[...strictFunctions]],
  );
  const operators = await database.query<{ name: string; strict: boolean }>(
    "select oprname as name, bool_and(proisstrict) as strict from pg_operator join pg_proc on pg_proc.oid = oprcode where oprname = any ($1) group by 1",
    [[...strictOperators]],
  );
  expect(functions.rows.map(({ name }) => name).sort()).toEqual([...strictFunctions].sort());
  expect([...functions.rows, ...operators.rows].filter(({ strict }) => !strict)).toEqual([]);
  // Postgres reads != as <>.
  expect([...strictOperators].filter((name) => name !== "!=" && !operators.rows.some((row) => row.name === name))).toEqual([]);
});
