import { expect, test } from "vitest";
import { pivotsOf } from "../../src/twin/pivots.ts";
import { blocksOfIndex, blocksOfTable, indexSize, relationSize } from "../../src/twin/sizes.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase, wholeCatalog } from "./twin.ts";

const rows = 200_000;

const trees = `
  create table t as select i, (i::bigint * 7919 % 66667)::int as thirds, i % 5 as fifth, md5(i::text) as wide, i::text || repeat('x', 200) as wider, case when i % 9 = 0 then md5(i::text) end as rare
    from generate_series(1, ${rows}) i;
  create index narrow on t (i);
  create index wide on t (wide);
  create index wider on t (wider);
  create index few on t (i) where i < 300;
  create index none on t (i) where i < 0;
  create index repeated on t (fifth);
  create index truncated on t (thirds, i) where i <= 57000;
  create index kept on t (fifth, i) where i <= 57000;
  create index covering on t (thirds) include (fifth, i) where i <= 57000;
  create index nulls on t (rare, wide) where i <= 20000;
  create table grown (a int, b int, primary key (a, b));
  insert into grown select i / 4, i from generate_series(1, 120000) i;
  create table built (a int, b int);
  insert into built select i / 4, i from generate_series(1, 120000) i;
  create index built_a_b on built (a, b);
  analyze`;

test("the height of a B-tree is that of the real one, whether it was built or grew, and whatever its keys are", async () => {
  const { url } = await freshDatabase(18, `create schema inspect; create extension pageinspect schema inspect; ${trees}`);
  const levels = await readDatabase(url, (_, database) =>
    database.read<{ name: string; level: number }>(
      "select relname::text as name, (inspect.bt_metap('public.' || relname)).level::int4 as level from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace order by 1",
    ),
  );
  const { tables, statistics } = await wholeCatalog(url, ["t", "grown", "built"]);
  const pivots = pivotsOf(statistics);
  const heights = tables.flatMap((table) =>
    table.indexes.map((index) => {
      const { height } = indexSize(index.oid, index, relationSize(table.oid, table).tuples, (entries) => pivots(table, index, entries));
      return { name: index.name, level: height };
    }),
  );
  expect(heights.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(levels);
  expect(levels.map(({ level }) => level)).toEqual(expect.arrayContaining([0, 1, 2]));
});

test("the assumed size of a table and of a B-tree is within 5 % of a real one", async () => {
  const { url } = await freshDatabase(
    18,
    `create table t (id bigint primary key, a int not null, b int not null, c bigint not null); insert into t select i, i, i, i from generate_series(1, ${rows}) i; reindex table t`,
  );
  const [real] = await readDatabase(url, (_, database) =>
    database.read<{ heap: number; index: number }>(
      "select (pg_relation_size('public.t') / 8192)::int4 as heap, (pg_relation_size('public.t_pkey') / 8192)::int4 as index",
    ),
  );
  expect(Math.abs(blocksOfTable(rows, 24) / (real?.heap ?? 0) - 1)).toBeLessThan(0.05);
  expect(Math.abs(blocksOfIndex(rows, 8) / (real?.index ?? 0) - 1)).toBeLessThan(0.05);
});
