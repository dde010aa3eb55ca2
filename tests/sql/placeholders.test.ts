import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ToolError } from "../../src/error.ts";
import { loadGrammar } from "../../src/sql/grammar.ts";
import { parseWithPlaceholders, withPlaceholders } from "../../src/sql/placeholders.ts";
import { relationsOf } from "../../src/sql/relations.ts";
import { spanAsWritten } from "../../src/sql/written-text.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";

const clients = new Map<15 | 18, pg.Client>();

beforeAll(async () => {
  await loadGrammar();
  for (const version of [15, 18] as const) {
    const { url } = await freshDatabase(
      version,
      `create table orders (id int primary key, status text, tags text[], data jsonb, total numeric, created timestamptz, marks int[]);
       insert into orders select i, 'status ' || i % 5, array['a' || i % 7], jsonb_build_object('k', i), i, now() - i * interval '1 hour', array[i] from generate_series(1, 3000) i;
       create index on orders (status, created); create index on orders using gin (data); analyze orders;`,
    );
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("set plan_cache_mode = force_generic_plan");
    clients.set(version, client);
  }
}, 60_000);

afterAll(async () => {
  for (const client of clients.values()) await client.end();
});

/** What a driver takes, and what a person would write for Postgres. */
const styles: readonly (readonly [style: string, theirs: string, ours: string])[] = [
  ["$1", "select id from orders where status = $2 and id > $1", "select id from orders where status = $2 and id > $1"],
  ["?", "select id from orders where status=? and id>? limit ?", "select id from orders where status = $1 and id > $2 limit $3"],
  [
    "? beside the jsonb operator",
    "select id from orders where data ? 'k' and data ? ? and data ?| ?",
    "select id from orders where data ? 'k' and data ? $1 and data ?| $2",
  ],
  ["?? of JDBC", "select id from orders where data ?? 'k' and id = ?", "select id from orders where data ? 'k' and id = $1"],
  [
    "?1 of JPA",
    "select id from orders where id > ?1 and total > ?1 and status = ?2",
    "select id from orders where id > $1 and total > $1 and status = $2",
  ],
  [
    "? between operator signs",
    "select id from orders where status like '%'||?||'%' and id=-?::int",
    "select id from orders where status like '%' || $1 || '%' and id = -$2::int",
  ],
  [
    ":name",
    "select id from orders where status=:status and created > :since::timestamptz and status <> :status",
    "select id from orders where status = $1 and created > $2::timestamptz and status <> $1",
  ],
  [
    ":name beside a slice",
    "select tags[1:id], marks[:2] from orders where id = :id",
    "select tags[1:id], marks[:2] from orders where id = $1",
  ],
  [":1", "select id from orders where id in (:1, :2)", "select id from orders where id in ($1, $2)"],
  [
    "%s",
    "select id from orders where status=%s and id %% 2 = 0 and id in %s",
    "select id from orders where status = $1 and id % 2 = 0 and id in ($2)",
  ],
  [
    "%s beside the remainder",
    "select id %s from (select id, 7 as s from orders) o where id = %s",
    "select id % s from (select id, 7 as s from orders) o where id = $1",
  ],
  [
    "%(name)s",
    "update orders set status = %(new)s where id = %(id)s and status = %(new)s",
    "update orders set status = $1 where id = $2 and status = $1",
  ],
  [
    "@name",
    "delete from orders where id=@p1 and abs(total) = @ total and tags @> @tags",
    "delete from orders where id = $1 and abs(total) = @ total and tags @> $2",
  ],
  [
    "JavaScript's template",
    `select id from orders where id = \${order.id} and status = \${f({ a: 1 })}`,
    "select id from orders where id = $1 and status = $2",
  ],
  ["#{name}", "select id from orders where id=#{id,jdbcType=INTEGER}", "select id from orders where id = $1"],
  [
    "two styles",
    "select id from orders where id = $1 and status = :status and total = ?",
    "select id from orders where id = $1 and status = $2 and total = $3",
  ],
  ["LIKE ? ESCAPE ?", "select id from orders where status like ? escape ?", "select id from orders where status like $1 escape $2"],
  [
    "FETCH FIRST ? ROWS",
    "select id from orders order by created fetch first ? rows only",
    "select id from orders order by created fetch first $1 rows only",
  ],
  [
    "INTERVAL ?",
    "select id from orders where created > now() - interval ? and created < timestamp with time zone :x",
    "select id from orders where created > now() - $1::interval and created < $2::timestamptz",
  ],
  [
    "EXTRACT of what pg_stat_statements took out",
    "select count(*) from orders where extract($1 from created) = $2",
    "select count(*) from orders where date_part($1, created) = $2",
  ],
  [
    "? IS NULL",
    "select id from orders where (? is null or status = ?) and (:total is null or total = :total)",
    "select id from orders where ($1::text is null or status = $2) and ($3::text is null or total = $4)",
  ],
  ["INSERT", "insert into orders (id, status) values (?, ?), (?, ?)", "insert into orders (id, status) values ($1, $2), ($3, $4)"],
];

const plansOf = async (version: 15 | 18, sql: string): Promise<unknown> => {
  const client = clients.get(version);
  if (!client) throw new Error("not connected");
  const count = Math.max(0, ...Array.from(sql.matchAll(/\$(\d+)/g), ([, number]) => Number(number)));
  await client.query(`prepare asked as ${sql}`);
  const values = count === 0 ? "" : `(${Array.from({ length: count }, () => "null").join(", ")})`;
  const { rows } = await client.query(`explain (format json, verbose) execute asked${values}`);
  await client.query("deallocate asked");
  return rows[0]["QUERY PLAN"];
};

test.each(styles)("%s is planned by PostgreSQL 15 and 18 as what a person would write", async (_, theirs, ours) => {
  const { text } = withPlaceholders(theirs);
  const written = (await parseWithPlaceholders(theirs))[0]?.text;
  expect(text).toBe(written);
  for (const version of [15, 18] as const) expect(await plansOf(version, text)).toEqual(await plansOf(version, ours));
});

test.each([
  "select '?', ':x', E'\\'?', $$ ? :x @p $$, $q$ %s $q$, U&'?' from orders",
  'select "?", ":x" from orders /* ? /* :x */ */ -- @p',
  "select id::text, marks[1:id], marks[:id], marks[id:] from orders",
  "select id %s from orders",
  "select @ total, @(total), @-5 from orders",
  "select data ? 'a', data ?| array['a'], data ?& tags, data @? '$.a', tags @> tags, tags <@ tags from orders",
  "select data ? (select 'a'), data ? case when true then 'a' end, data ?| null from orders",
  "select range ? 'x', first ? 'y' from (select data as range, data as first from orders) o",
])("there is no placeholder in: %s", async (sql) => {
  const [statement] = await parseWithPlaceholders(sql);
  expect(statement?.text).toBe(sql.replace(/ -- @p$/, "").replace(/ \/\* .*\*\/$/, ""));
  expect(statement?.written).toBeUndefined();
});

test("a parameter is called what the caller calls it", () => {
  expect(withPlaceholders(`select $2, :a, :a, ?, ?, %(b)s, \${c.d}`).names).toEqual([
    "$1",
    "$2",
    ":a",
    "? number 1",
    "? number 2",
    "%(b)s",
    `\${c.d}`,
  ]);
  expect(withPlaceholders("select ?").names).toEqual(["?"]);
});

test("a place is told in what the caller wrote", async () => {
  const sql = "-- é\nselect id from orders where id=? and :status = status\n  and exists (select from lines where note = ?)";
  const [statement] = await parseWithPlaceholders(sql);
  if (!statement) throw new Error("no statement");
  const lines = relationsOf(statement).find(({ name }) => name === "lines");
  if (!lines) throw new Error("no relation");
  const { start, end, line, column } = spanAsWritten(statement, lines.span);
  expect({ text: sql.slice(start, end), line, column }).toEqual({ text: "lines", line: 3, column: 27 });
});

test("a syntax error behind placeholders stands where the caller sees it, in the caller's words", async () => {
  const error = (sql: string) =>
    parseWithPlaceholders(sql).then(
      () => "none",
      ({ message }: ToolError) => message,
    );
  expect(await error("select id from orders where a = :status and b = :status form")).toMatchInlineSnapshot(`
    "syntax error at or near "form" (sql, line 1, column 57)
    select id from orders where a = :status and b = :status form
                                                            ^"
  `);
  expect(await error("select id from :table where id = 1")).toMatchInlineSnapshot(`
    "syntax error at or near ":table" (sql, line 1, column 16)
    select id from :table where id = 1
                   ^"
  `);
});
