import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTables, type Table } from "../../src/catalog/tables.ts";
import { hasAggregate } from "../../src/sql/aggregates.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { readQuery } from "../../src/sql/query.ts";
import { hasDistinctRows, multiplies } from "../../src/sql/unique.ts";

const database = new PGlite();
let tables: readonly Table[] = [];
afterAll(() => database.close());
// Every combination of few values, NULL among them: what can be alike, is.
beforeAll(async () => {
  await database.exec(`
    create table a (id int primary key, x int, y int not null, code text unique, part int not null, number int not null, unique (part, number));
    create unique index on a (lower(code));
    create unique index on a (x) where y = 9;
    create table b (id int primary key, a_id int, x int, n int unique nulls not distinct);
    create table c (a_id int not null, b_id int not null, x int, primary key (a_id, b_id));
    create table late (n int not null unique deferrable);
    insert into a select n, nullif(n % 3, 0), n % 2, case when n > 5 then 'k' || n end, n % 3, n / 3 from generate_series(1, 12) n;
    insert into b select n, nullif(n % 5, 0), nullif(n % 2, 0), nullif(n, 4) from generate_series(1, 10) n;
    insert into c select i, j, nullif((i + j) % 2, 0) from generate_series(1, 3) i, generate_series(1, 3) j`);
  const read = async <Row>(sql: string, values: readonly unknown[] = []) => (await database.query<Row>(sql, [...values])).rows;
  const relations = await read<{ oid: number }>("select oid from pg_class where relnamespace = 'public'::regnamespace");
  tables = await readTables(
    { read },
    relations.map(({ oid }) => oid),
  );
});

async function isUnique(sql: string): Promise<boolean> {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error(`No statement in: ${sql}`);
  const query = readQuery(statement, ({ name }) => tables.find((table) => table.name === name));
  const [level] = query.levels.filter(({ place }) => place === "top");
  return level !== undefined && hasDistinctRows(level, query);
}

test.each([
  "select id from a",
  "select part, number from a",
  "select code from a where code is not null",
  "select n from b",
  "select id + 0 as one, id from a",
  "select a.id, b.id as other from a, b",
  "select b.id from b join a on a.id = b.a_id",
  "select b.id from b left join a on a.id = b.a_id",
  "select c.a_id, c.b_id from c join a on a.id = c.a_id join b on b.id = c.b_id",
  "select b_id from c where a_id = 2",
  "select b_id from c where a_id in (2)",
  "select b_id from c where (a_id, 1) = (2, 1)",
  "select c.b_id from c join a on a.id = c.a_id where a.part = 1 and a.number = 0",
  "select x from b group by x",
  "select x, y, count(*) from a group by 1, 2",
  "select id from a group by id, x",
  "select distinct x from a",
  "select distinct on (x) x, id from b order by x, id",
  "select max(x) from a",
  "select 1 as one",
  "select s.x from (select x, count(*) from a group by x) s",
  "select s.x, b.id from (select distinct x from a) s join b on b.x = s.x",
  "with s as (select x from a union select x from b) select x from s",
  "select a.id from a cross join lateral (select b.id from b where b.a_id = a.id order by 1 limit 1) l",
  "select a.id, l.b_id from a cross join lateral (select b_id from c where c.a_id = a.id) l",
  "select c.a_id, c.b_id from a join c on c.a_id = a.id",
  "select id from a where exists (select from b where b.a_id = a.id)",
  "select b.id as one, a.id as two from a left join b on b.a_id = a.id",
  "select a.id from a left join b on b.n = a.number",
  "select a.id from b right join a on b.n = a.number",
  "select a.id from a left join (b join c on c.a_id = b.id and c.b_id = 1) on b.id = a.x",
  "select 1 as one from a left join b on b.id = 1 and a.x = 2 where a.id = 3 group by b.id",
  "select a.id as one, b.id as two from a full join b on b.a_id = a.id",
  "select b.id from b natural join (select id from a) s",
  "select c.b_id from c join (select 2 as a_id) s using (a_id)",
])("no two rows are alike, and Postgres has none alike: %s", async (sql) => {
  expect(await isUnique(sql)).toBe(true);
  const { rows } = await database.query(`select count(*) = count(distinct r) as same from (${sql}) r`);
  expect(rows).toEqual([{ same: true }]);
});

test.each([
  "select x from a",
  "select part from a",
  "select a.id from a join b on b.a_id = a.id",
  "select a.id from a left join b on b.a_id = a.id",
  "select c.a_id from c",
  "select b_id from c where a_id in (1, 2)",
  "select b_id from c where a_id = any (array[1, 2])",
  "select b_id from c where a_id = 1 or a_id = 2",
  "select b_id from c where a_id > 1",
  "select x, count(*) from a group by x, y",
  "select x from a group by grouping sets ((x), (x))",
  "select a_id % 2 as half from b group by a_id",
  "select 1 as one from a left join b on b.id = 1 and a.x = 2 group by b.id",
  "select 1 as one from b right join a on b.id = 1 and a.x = 2 group by b.id",
  "select s.n from (select x, count(*) as n from b group by x) s, a",
  "select id from a union all select id from b",
  "select id, unnest(array[1, 1]) as one from a",
  "select a.id from a cross join lateral (select b.id from b where b.a_id = a.id) l",
  "select b.a_id from b left join a on a.id = b.a_id",
  "select a.id as one from a full join b on b.a_id = a.id",
  "select b.id from b join c on c.b_id = b.id + 0",
])("rows may be alike, and Postgres has some: %s", async (sql) => {
  expect(await isUnique(sql)).toBe(false);
  const { rows } = await database.query(
    `select count(*) > (select count(*) from (select distinct * from (${sql}) q) d) as more from (${sql}) r`,
  );
  expect(rows).toEqual([{ more: true }]);
});

test.each([
  "select n from late",
  "select code from a",
  "select x from a where y = 8",
  "select z from nobody",
  "select x from a where y = 9",
])("nobody knows of: %s", async (sql) => expect(await isUnique(sql)).toBe(false));

/** What pg_proc has of a kind, but for what only Postgres's own tools call, and the level of a SELECT that calls it. */
async function callsOf(condition: string) {
  const { rows } = await database.query<{ name: string }>(
    `select distinct proname as name from pg_proc where ${condition} and proname !~ '^(pg_|_pg|_|ts_|txid_|aclexplode)' order by 1`,
  );
  return Promise.all(
    rows.map(async ({ name }) => {
      const [statement] = await parseStatements(`select ${name}(1)`);
      if (!statement) throw new Error(name);
      return { name, level: readQuery<Table>(statement, () => undefined).levels[0] };
    }),
  );
}

test("all aggregates of Postgres are known, and all functions of its that return sets", async () => {
  const aggregates = await callsOf("prokind = 'a' and proname !~ 'rank|cume_dist'");
  expect(aggregates.filter(({ level }) => !hasAggregate(level?.targets)).map(({ name }) => name)).toEqual([]);
  const sets = await callsOf("prokind = 'f' and proretset");
  expect(sets.filter(({ level }) => !level || !multiplies(level)).map(({ name }) => name)).toEqual([]);
});
