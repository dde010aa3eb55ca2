import { expect, test } from "vitest";
import { blocksOfIndex, blocksOfTable, treeHeight } from "../../src/twin/sizes.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase } from "./twin.ts";

const rows = 200_000;

test("the height of a B-tree is that of one that Postgres built", async () => {
  const { url } = await freshDatabase(
    18,
    `create extension pageinspect;
     create table t as select i, md5(i::text) as wide, i::text || repeat('x', 200) as wider from generate_series(1, ${rows}) i;
     create index narrow on t (i); create index wide on t (wide); create index wider on t (wider); create index few on t (i) where i < 300; create index none on t (i) where i < 0;`,
  );
  const levels = await readDatabase(url, (_, database) =>
    database.read<{ name: string; level: number; blocks: number }>(
      "select relname::text as name, (select level::int4 from public.bt_metap('public.' || relname)) as level, (pg_relation_size(oid) / 8192)::int4 as blocks from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace",
    ),
  );
  const widths: Record<string, number> = { narrow: 4, wide: 33, wider: 210, few: 4, none: 4 };
  expect(levels).toHaveLength(5);
  for (const { name, level, blocks } of levels)
    expect({ name, height: treeHeight(blocks, widths[name] ?? 0) }).toEqual({ name, height: level });
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
