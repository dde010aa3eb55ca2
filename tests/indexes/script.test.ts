import pg from "pg";
import { afterAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Table } from "../../src/catalog/tables.ts";
import { type Candidate, candidateOf } from "../../src/indexes/candidate.ts";
import { ascending, expressionKey } from "../../src/indexes/key.ts";
import { type Script, scriptFor } from "../../src/indexes/script.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { quote } from "../../src/sql/quote.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { wholeCatalog } from "../twin/twin.ts";

const names = ["Order", "select", 'a"b', "it's", "back\\slash", "new\nline", "zero\u200bwidth", "é".repeat(31), "1a", "a.b", "$1", "; --"];
const MANY = 25;

const schema = `
create schema "S""chema";
create table goods (
  id int primary key, name text not null, weight int not null, tags text[] not null, sheet jsonb not null,
  sold timestamptz not null, active boolean not null, period int4range not null, word text collate "C" not null);
insert into goods select i, 'Name ' || i, i, array['a' || i], '{"a": 1}', timestamptz '2025-01-01Z' + i * interval '1 hour', true, int4range(i, i + 1), 'w' || i
  from generate_series(1, 300) i;
create index goods_weight_idx on goods (weight);
create materialized view names as select id, name from goods;
create table sales (at date not null, item int not null, region text not null) partition by range (at);
create table sales_1 partition of sales for values from ('2025-01-01') to ('2025-07-01');
create table sales_2 partition of sales for values from ('2025-07-01') to ('2026-01-01') partition by list (region);
create table "S""chema"."Sales ""2""" partition of sales_2 for values in ('a');
create table sales_2_rest partition of sales_2 default;
create table sales_3 partition of sales for values from ('2026-01-01') to ('2027-01-01') partition by list (region);
insert into sales select date '2025-01-01' + i % 360, i % 77, 'a' from generate_series(1, 400) i;
create extension postgres_fdw;
create server elsewhere foreign data wrapper postgres_fdw;
create table visits (at date not null, page int not null) partition by range (at);
create table visits_1 partition of visits for values from ('2025-01-01') to ('2025-07-01');
create foreign table visits_2 partition of visits for values from ('2025-07-01') to ('2026-01-01') server elsewhere;
create table many (at int not null) partition by list (at);
${Array.from({ length: MANY }, (_, number) => `create table many_${number} partition of many for values in (${number})`).join(";\n")};
${names.map((name) => `create table "S""chema".${quote(name)} (${quote(name)} int, "other one" text)`).join(";\n")};
`;

interface World {
  readonly client: pg.Client;
  readonly catalog: Catalog;
}

const worlds = new Map<Version, Promise<World>>();
afterAll(async () => {
  for (const world of worlds.values()) await (await world).client.end();
});

function worldOf(version: Version): Promise<World> {
  const world = worlds.get(version) ?? openWorld(version);
  worlds.set(version, world);
  return world;
}

async function openWorld(version: Version): Promise<World> {
  const { url } = await freshDatabase(version, schema);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { client, catalog: await wholeCatalog(url) };
}

/** Statement by statement: CONCURRENTLY is for no transaction block, and several in one text are one. */
async function paste(client: pg.Client, script: string): Promise<void> {
  for (const { text } of await parseStatements(script)) await client.query(text);
}

const state = async (client: pg.Client): Promise<string> => {
  const { rows } = await client.query(`
    select array(select concat_ws(' ', c.oid, c.relname, c.relkind) from pg_class c where c.relkind <> 't' order by 1) as relations,
           array(select concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid) from pg_index order by 1) as indexes,
           array(select extname from pg_extension order by 1) as extensions,
           (select count(*) from pg_inherits) as parts`);
  return JSON.stringify(rows);
};

/** Runs a script for real, looks at what it made, and takes it back. */
async function built(version: Version, candidates: (table: (name: string) => Table) => readonly Candidate[]) {
  const { client, catalog } = await worldOf(version);
  const { tables } = catalog;
  const taken = new Set(tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  const named = (name: string) => {
    const table = tables.find((each) => each.name === name);
    if (!table) throw new Error(`no table ${name}`);
    return table;
  };
  const before = await state(client);
  const all: (Script & { readonly definitions: readonly string[] })[] = [];
  for (const candidate of candidates(named)) {
    const script = scriptFor({ candidate, tables, taken });
    await paste(client, script.sql);
    const { rows } = await client.query<{ definition: string }>(
      `with recursive part (oid) as (
           select x.indexrelid from pg_index x join pg_class c on c.oid = x.indexrelid where c.relname = $1 and indisvalid
         union all select i.inhrelid from part join pg_inherits i on i.inhparent = part.oid)
       select pg_get_indexdef(oid) as definition from part join pg_index x on x.indexrelid = part.oid where indisvalid order by 1`,
      [script.name],
    );
    all.push({ ...script, definitions: rows.map(({ definition }) => definition) });
  }
  for (const { undo } of all.toReversed()) await paste(client, undo);
  expect(await state(client)).toBe(before);
  return all;
}

const versions = [15, 18] as const;

test.each(versions)("every kind of index is built as it is printed and taken back by its undo, on PostgreSQL %i", async (version) => {
  const made = await built(version, (table) => {
    const goods = table("goods");
    const key = (column: string, operators: string) => ({ ...ascending(column), operators });
    return [
      candidateOf(goods, [ascending("weight"), { ...ascending("sold"), descending: true, nullsFirst: true }]),
      candidateOf(goods, [ascending("weight")], { include: ["name", "id"], where: "active and weight > 3", options: ["fillfactor = 70"] }),
      candidateOf(goods, [ascending("name")], { unique: true }),
      candidateOf(goods, [expressionKey("lower(name)")]),
      candidateOf(goods, [expressionKey("sheet ->> 'a'"), ascending("id")]),
      candidateOf(goods, [key("name", "text_pattern_ops")]),
      candidateOf(goods, [ascending("name")], { method: "hash" }),
      candidateOf(goods, [ascending("tags")], { method: "gin" }),
      candidateOf(goods, [key("sheet", "jsonb_path_ops")], { method: "gin" }),
      candidateOf(goods, [key("name", "public.gin_trgm_ops")], { method: "gin", extension: "pg_trgm" }),
      candidateOf(goods, [ascending("period")], { method: "gist" }),
      candidateOf(goods, [ascending("word")], { method: "spgist" }),
      candidateOf(goods, [ascending("sold")], { method: "brin", options: ["pages_per_range = 16"] }),
      candidateOf(table("names"), [ascending("name")]),
    ];
  });
  expect(made.map(({ sql }) => sql)).toMatchInlineSnapshot(`
    [
      "create index concurrently goods_weight_sold_idx on goods (weight, sold desc);",
      "create index concurrently goods_weight_name_id_idx on goods (weight) include (name, id) with (fillfactor = 70) where active and weight > 3;",
      "create unique index concurrently goods_name_idx on goods (name);",
      "create index concurrently goods_lower_name_idx on goods ((lower(name)));",
      "create index concurrently goods_sheet_id_idx on goods ((sheet ->> 'a'), id);",
      "create index concurrently goods_name_idx1 on goods (name text_pattern_ops);",
      "create index concurrently goods_name_idx2 on goods using hash (name);",
      "create index concurrently goods_tags_idx on goods using gin (tags);",
      "create index concurrently goods_sheet_idx on goods using gin (sheet jsonb_path_ops);",
      "create extension if not exists pg_trgm with schema public;
    create index concurrently goods_name_idx3 on goods using gin (name public.gin_trgm_ops);",
      "create index concurrently goods_period_idx on goods using gist (period);",
      "create index concurrently goods_word_idx on goods using spgist (word);",
      "create index concurrently goods_sold_idx on goods using brin (sold) with (pages_per_range = 16);",
      "create index concurrently names_name_idx on names (name);",
    ]
  `);
  expect(made.map(({ definitions }) => definitions.length)).toEqual(made.map(() => 1));
  expect(made[9]?.undo).toBe("drop index concurrently goods_name_idx3;\ndrop extension if exists pg_trgm;");
});

test.each(versions)("a name of any letters is quoted so that the right object is made and dropped, on PostgreSQL %i", async (version) => {
  const made = await built(version, (table) =>
    names.flatMap((name) => [
      candidateOf(table(name), [ascending(name)], { include: ["other one"] }),
      candidateOf(table(name), [expressionKey(`lower("other one")`)], { unique: true, where: `${quote(name)} is not null` }),
    ]),
  );
  expect(made.map(({ definitions }) => definitions.length)).toEqual(made.map(() => 1));
  expect(made.every(({ name }) => Buffer.byteLength(name) <= 63)).toBe(true);
});

test.each(versions)("a partitioned table gets its index partition by partition, whatever its kind, on PostgreSQL %i", async (version) => {
  const made = await built(version, (table) => [
    candidateOf(table("sales"), [ascending("item")], { include: ["region"], where: "item > 3" }),
    candidateOf(table("sales"), [ascending("at"), ascending("region"), ascending("item")], { unique: true }),
    candidateOf(table("sales"), [expressionKey("lower(region)")]),
    candidateOf(table("sales"), [ascending("region")], { method: "hash" }),
    candidateOf(table("sales"), [ascending("at")], { method: "brin" }),
    candidateOf(table("sales"), [{ ...ascending("region"), operators: "public.gin_trgm_ops" }], { method: "gin", extension: "pg_trgm" }),
    candidateOf(table("sales_1"), [ascending("item")]),
    candidateOf(table("sales_2"), [ascending("item")]),
    candidateOf(table("sales_3"), [ascending("item")]),
  ]);
  expect(made.slice(0, 6).map(({ definitions }) => definitions.length)).toEqual([6, 6, 6, 6, 6, 6]);
  expect(made.slice(6).map(({ definitions }) => definitions.length)).toEqual([1, 3, 1]);
  expect(made[0]?.sql).toMatchInlineSnapshot(`
    "create index sales_item_region_idx on only sales (item) include (region) where item > 3;
    create index concurrently sales_1_item_region_idx on sales_1 (item) include (region) where item > 3;
    alter index sales_item_region_idx attach partition sales_1_item_region_idx;
    create index sales_2_item_region_idx on only sales_2 (item) include (region) where item > 3;
    create index concurrently "Sales ""2""_item_region_idx" on "S""chema"."Sales ""2""" (item) include (region) where item > 3;
    alter index sales_2_item_region_idx attach partition "S""chema"."Sales ""2""_item_region_idx";
    create index concurrently sales_2_rest_item_region_idx on sales_2_rest (item) include (region) where item > 3;
    alter index sales_2_item_region_idx attach partition sales_2_rest_item_region_idx;
    alter index sales_item_region_idx attach partition sales_2_item_region_idx;
    create index sales_3_item_region_idx on only sales_3 (item) include (region) where item > 3;
    alter index sales_item_region_idx attach partition sales_3_item_region_idx;"
  `);
  expect(made.slice(0, 6).every(({ sql }) => !/create (unique )?index (?!concurrently)(?!\S+ on only)/.test(sql))).toBe(true);
});

test.each(versions)(
  "a partitioned table whose index would never become valid blocks writes, and is told so, on PostgreSQL %i",
  async (version) => {
    const made = await built(version, (table) => [
      candidateOf(table("visits"), [ascending("page")]),
      candidateOf(table("many"), [ascending("at")], { method: "hash" }),
    ]);
    expect(made.map(({ sql }) => sql)).toEqual([
      "create index visits_page_idx on visits (page);",
      "create index many_at_idx on many using hash (at);",
    ]);
    expect(made.map(({ definitions }) => definitions.length)).toEqual([2, MANY + 1]);
    expect(made.map(({ notes: [first] }) => first?.match(/since (.*?):/)?.[1])).toEqual([
      "a partition is a foreign table",
      "there are 25 partitions, too many to write out",
    ]);
  },
);

test.each(versions)(
  "an index that was built on a partition before is taken over by that of the whole, on PostgreSQL %i",
  async (version) => {
    const { client } = await worldOf(version);
    const before = await state(client);
    await client.query("create index concurrently visits_1_page on visits_1 (page)");
    await client.query("create index visits_page_idx on visits (page)");
    const { rows } = await client.query(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'visits_page_idx'::regclass",
    );
    await client.query("drop index visits_page_idx");
    expect(rows).toEqual([{ name: "visits_1_page" }]);
    expect(await state(client)).toBe(before);
  },
);

test.each(versions)("the index of a partitioned table stays invalid while a partition has none, on PostgreSQL %i", async (version) => {
  const { client } = await worldOf(version);
  await client.query("create index visits_whole on only visits (page)");
  await client.query("create index concurrently visits_part on visits_1 (page)");
  await client.query("alter index visits_whole attach partition visits_part");
  const { rows } = await client.query("select indisvalid as valid from pg_index where indexrelid = 'visits_whole'::regclass");
  await client.query("drop index visits_whole");
  expect(rows).toEqual([{ valid: false }]);
});

test("a unique index and a new extension are told of before they are pasted", async () => {
  const { catalog } = await worldOf(18);
  const [table] = catalog.tables.filter(({ name }) => name === "goods");
  if (!table) throw new Error("no table");
  const script = scriptFor({
    candidate: candidateOf(table, [{ ...ascending("name"), operators: "public.gin_trgm_ops" }], { method: "gin", extension: "pg_trgm" }),
    tables: catalog.tables,
    taken: new Set(),
  });
  expect(script.notes).toEqual(["dropping pg_trgm is refused while something else needs it"]);
  const unique = scriptFor({
    candidate: candidateOf(table, [ascending("name")], { unique: true }),
    tables: catalog.tables,
    taken: new Set(),
  });
  expect(unique.notes).toEqual(["two equal rows make it fail and leave an invalid index behind, which its undo drops"]);
});

test("two equal rows make a unique index fail and leave an invalid one behind, which the undo drops", async () => {
  const { client, catalog } = await worldOf(18);
  const [table] = catalog.tables.filter(({ name }) => name === "goods");
  if (!table) throw new Error("no table");
  const before = await state(client);
  const { sql, undo } = scriptFor({
    candidate: candidateOf(table, [ascending("active")], { unique: true }),
    tables: catalog.tables,
    taken: new Set(),
  });
  await expect(paste(client, sql)).rejects.toThrow("could not create unique index");
  expect(await state(client)).not.toBe(before);
  await paste(client, undo);
  expect(await state(client)).toBe(before);
});
