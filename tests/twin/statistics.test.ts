import { beforeAll, expect, test } from "vitest";
import { readStatistics } from "../../src/catalog/statistics.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { startCluster } from "../postgres/server.ts";
import { differing, miscounted, planBoth } from "./both.ts";
import { readDatabase, startTwin, wholeCatalog } from "./twin.ts";

const twin = startTwin();

/** Every type that a column is commonly of: its name, and a value for the row `i`. Few values, many, and none for some rows. */
const columns: Readonly<Record<string, readonly [type: string, value: string]>> = {
  whole: ["int", "case when i % 3 = 0 then 7 else i end"],
  small: ["smallint", "i % 50"],
  big: ["bigint", "5000000000 + i % 400"],
  exact: ["numeric(12,2)", "(i % 300) * 1.25"],
  wide_exact: ["numeric", "case when i % 9 = 0 then 'NaN' else 10.0 ^ (i % 30) end"],
  real_number: ["real", "i / 7.0"],
  double_number: ["float8", "i / 3.0"],
  price: ["money", "(i % 100 * 1000.55)::numeric::money"],
  flag: ["boolean", "i % 10 = 0"],
  body: ["text", "case i % 4 when 0 then 'it''s' when 1 then E'back\\\\slash \"q\"' else 'é ' || md5(i::text) end"],
  code: ["varchar(20)", "'c' || i % 500"],
  padded: ["char(8)", "'p' || i % 20"],
  one: ['"char"', "chr(65 + i % 26)"],
  label: ["name", "'n' || i % 30"],
  mood: ["public.mood", "(array['sad', 'it''s ok', 'glad'])[1 + i % 3]::public.mood"],
  positive: ["public.positive", "i % 80 + 1"],
  folded: ["public.citext", "case when i % 2 = 0 then 'Ada' else 'ada ' || i % 60 end"],
  document: ["jsonb", "jsonb_build_object('lang', i % 3, 'deep', jsonb_build_array(i % 2))"],
  plain_json: ["json", "json_build_object('a', i)"],
  pairs: ["public.hstore", "public.hstore('k', (i % 5)::text)"],
  words: ["tsvector", "to_tsvector('english', 'word' || i % 40 || ' cats and dogs')"],
  tags: ["text[]", "array['all', 't' || i % 7, null, 'a,b \"c\"']"],
  numbers: ["int[]", "array[i % 10, i % 4]"],
  moods: ["public.mood[]", "array[(array['sad', 'glad'])[1 + i % 2]]::public.mood[]"],
  matrix: ["float8[]", "array[[i % 3, 1.5], [2, 3]]"],
  key: ["uuid", "md5((i % 900)::text)::uuid"],
  raw: ["bytea", "decode(md5((i % 90)::text), 'hex')"],
  bits: ["bit(8)", "(i % 200)::bit(8)"],
  more_bits: ["varbit", "(i % 5)::bit(3)::varbit"],
  day: ["date", "'2024-01-01'::date + i % 700"],
  at: ["timestamptz", "'2024-03-30 12:00Z'::timestamptz + (i % 1500) * interval '7 hours'"],
  local: ["timestamp", "case when i % 100 = 0 then 'infinity' else '2024-01-01'::timestamp + i * interval '1 minute' end"],
  hour: ["time", "'00:00'::time + (i % 90) * interval '13 minutes'"],
  hour_there: ["timetz", "('00:00'::time + (i % 90) * interval '13 minutes')::text::timetz"],
  span: ["interval", "(i % 40 - 20) * interval '1 day 02:03:04'"],
  address: ["inet", "('10.0.' || i % 4 || '.' || i % 200)::inet"],
  network: ["cidr", "('10.' || i % 50 || '.0.0/16')::cidr"],
  device: ["macaddr", "('08:00:2b:01:02:' || lpad(to_hex(i % 99), 2, '0'))::macaddr"],
  spot: ["point", "point(i % 10, i)"],
  area: ["box", "box(point(i, i), point(i + 1, i + 2))"],
  ints: ["int4range", "case when i % 20 = 0 then 'empty' else int4range(i % 500, i % 500 + i % 9 + 1) end"],
  stay: ["tstzrange", "tstzrange('2024-01-01Z'::timestamptz + i * interval '1 hour', '2024-01-03Z'::timestamptz + i * interval '1 hour')"],
  spans: ["public.span", "public.span(i % 30, i % 30 + 2.5)"],
  many: ["int4multirange", "int4multirange(int4range(i % 90, i % 90 + 2), int4range(200 + i % 9, 300))"],
  pair: ["public.pair", "row(i % 6, 'x,' || i % 2)::public.pair"],
  lsn: ["pg_lsn", "('0/' || to_hex(i % 77 + 16))::pg_lsn"],
};

const rows = 4000;
const types = `
  create extension citext schema public; create extension hstore schema public;
  create type public.mood as enum ('sad', 'it''s ok', 'glad'); create domain public.positive as int check (value > 0);
  create type public.pair as (a int, b text); create type public.span as range (subtype = float8);
  create table everything (${Object.entries(columns)
    .map(([name, [type]]) => `${name} ${type}`)
    .join(", ")}, never text, gone text);
  alter table everything drop column gone;
  insert into everything select ${Object.values(columns)
    .map(([, value]) => `case when i % 17 = 0 then null else ${value} end`)
    .join(", ")} from generate_series(1, ${rows}) i;
  analyze everything;`;

const conditions = [
  ...Object.keys(columns)
    .filter((name) => !["plain_json", "spot", "area", "positive"].includes(name))
    .flatMap((name) => [`${name} = (${columns[name]?.[1].replaceAll(/\bi\b/g, "34")})::${columns[name]?.[0]}`, `${name} is null`]),
  "whole = 7",
  "whole between 100 and 900",
  "exact > 300.5",
  "wide_exact < 1000000",
  "double_number < 17.3",
  "price < '5000'::money",
  "body like 'it%'",
  "body like '%back%'",
  "code in ('c1', 'c2', 'c499')",
  "padded > 'p15'",
  "mood > 'sad'",
  "positive = 35",
  "positive < 12",
  "folded = 'ADA'",
  `document @> '{"lang": 1}'`,
  "pairs @> 'k=>2'",
  "words @@ to_tsquery('english', 'cat & word7')",
  "words @@ to_tsquery('english', 'word1:*')",
  "tags @> array['t3']",
  "tags && array['t1', 't2']",
  "'t5' = any (tags)",
  "numbers @> array[3]",
  "numbers <@ array[1, 2, 3]",
  "moods @> array['glad']::public.mood[]",
  "key < '20000000-0000-0000-0000-000000000000'",
  "day between '2024-06-01' and '2024-07-15'",
  "at < '2024-06-01Z'",
  "local > '2024-01-02 12:00'",
  "hour < '09:00'",
  "span < interval '-3 days'",
  "address << '10.0.2.0/24'",
  "network >>= '10.7.1.1'",
  "lsn < '0/20'",
  "never is null",
];

/** Of these 15 shows in `pg_stats` nothing. */
const ofRanges = [
  "ints && int4range(100, 150)",
  "ints @> 77",
  "ints <@ int4range(10, 40)",
  "ints < int4range(50, 60)",
  "isempty(ints)",
  "stay && tstzrange('2024-02-01Z', '2024-02-03Z')",
  "spans @> 12.5::float8",
  "many && int4multirange(int4range(20, 30))",
  "many @> 250",
];

const asked = (list: readonly string[]) => list.map((condition) => `select * from everything where ${condition}`);

let all: Record<15 | 18, { url: string }>;

beforeAll(async () => {
  all = { 15: await freshDatabase(15, types), 18: await freshDatabase(18, types) };
}, 60_000);

test("for conditions on columns of every type the twin expects the rows of PostgreSQL 18, at its cost", async () => {
  const { limits, planned } = await planBoth(twin, { url: all[18].url, queries: asked([...conditions, ...ofRanges]) });
  expect(limits).toEqual([]);
  expect(planned.length).toBeGreaterThan(100);
  expect(differing(planned, 0.0001)).toEqual([]);
});

test("for conditions on columns of every type the twin expects the rows of PostgreSQL 15", async () => {
  const { limits, planned } = await planBoth(twin, { url: all[15].url, queries: asked([...conditions, ...ofRanges]) });
  expect(limits).toEqual([]);
  expect(miscounted(planned)).toEqual([]);
});

test.each([15, 18] as const)("pg_stats of PostgreSQL %i is read back from the twin value for value", async (version) => {
  const catalog = await wholeCatalog(all[version].url);
  const copied = await twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    await session.run(["set local timezone = 'UTC'", "set local datestyle = 'ISO, YMD'"]);
    const [table] = await session.read<{ oid: number }>("select 'public.everything'::regclass::oid as oid");
    return readStatistics(session, { relations: [table?.oid ?? 0], versionNumber: version * 10_000 });
  });
  expect(copied).toEqual(catalog.statistics);
  expect(copied).toHaveLength(Object.keys(columns).length + 1);
});

const indexed = `
  create table people (id int, email text, a int, b int, bio text) partition by range (id);
  create table people_1 (b int, bio text, id int, email text, a int);
  create table people_2 partition of people for values from (3001) to (9001) partition by list (a);
  create table people_2a (id int, email text, a int, b int, bio text);
  create table people_2b partition of people_2 default;
  insert into people_1 select i % 4, (select string_agg(md5((i * 8 + n)::text), '') from generate_series(1, 7) n), i, 'Mail' || i % 70 || '@x', i % 5 from generate_series(1, 3000) i;
  insert into people_2a select i, 'Mail' || i % 900 || '@x', 1, i % 4, (select string_agg(md5((i * 8 + n)::text), '') from generate_series(1, 7) n) from generate_series(3001, 6000) i;
  insert into people_2b select i, 'Mail' || i % 30 || '@x', 2, i % 4, (select string_agg(md5((i * 8 + n)::text), '') from generate_series(1, 7) n) from generate_series(6001, 9000) i;
  create index named_otherwise on people_1 (lower(email), (a + b));
  create index deep on people_2a (lower(email), (a + b));
  create index the_parts_first on people_2 (lower(email), (a + b));
  alter table people attach partition people_1 for values from (1) to (3001);
  alter table people_2 attach partition people_2a for values in (1);
  create index the_whole on people (lower(email), (a + b));
  create index wide on people_1 ((bio || ''));
  create index partly on people_2b (coalesce(email, ''), coalesce(bio, '')) where b = 1;
  create index twice on people_1 ((a * 2), (b * 2), upper(email));
  alter table twice rename column expr1 to renamed;
  create unique index on people_1 (lower(bio));
  analyze people; analyze people_1; analyze people_2; analyze people_2a; analyze people_2b;`;

const onIndexes = [
  "select * from people_1 where lower(email) = 'mail7@x'",
  "select * from people_1 where lower(email) = 'mail7@x' and a + b = 3",
  "select * from people_1 where a + b = 3",
  "select * from people_1 where b * 2 = 4 and a * 2 = 2",
  "select * from people_1 where upper(email) = 'MAIL3@X'",
  "select * from people_1 where lower(bio) = 'x'",
  "select id from people_1 where bio || '' = 'abc'",
  "select id from people_1 order by bio || '' limit 5",
  "select * from people_2a where lower(email) = 'mail7@x'",
  "select * from people_2b where coalesce(email, '') = 'Mail9@x' and b = 1",
  "select * from people_2b where coalesce(bio, '') < '5' and b = 1",
  "select * from people where lower(email) = 'mail7@x'",
  "select * from people_2 where lower(email) < 'mail2' and a + b > 2",
  "select lower(email), count(*) from people group by 1",
  "select * from people_1 p join people_2a q on lower(p.email) = lower(q.email) where p.id < 40",
];

test.each([15, 18] as const)(
  "the twin knows of indexes on expressions what PostgreSQL %i knows, whatever they are called there",
  async (version) => {
    const { url } = await freshDatabase(version, indexed);
    const { limits, planned } = await planBoth(twin, { url, queries: onIndexes });
    expect(limits).toEqual([]);
    expect(version === 18 ? differing(planned, 0.001) : miscounted(planned)).toEqual([]);
  },
);

/** No autovacuum runs in the servers of the tests, so each table stays as it is here. */
const life = `
  create table never (a int, b text); insert into never select i, md5(i::text) from generate_series(1, 5000) i; create index on never (a);
  create table small (a int, b text); insert into small values (1, 'x');
  create table grown (a int, b text); insert into grown select i % 50, md5(i::text) from generate_series(1, 4000) i; create index on grown (a); analyze grown;
  insert into grown select i % 50, md5(i::text) from generate_series(1, 9000) i;
  create table deleted (a int primary key, b text); insert into deleted select i, md5(i::text) from generate_series(1, 9000) i; analyze deleted; delete from deleted where a > 900;
  create table cut (a int primary key, b text); insert into cut select i, md5(i::text) from generate_series(1, 9000) i; analyze cut; truncate cut;
  create table refilled (a int primary key, b text); insert into refilled select i, md5(i::text) from generate_series(1, 9000) i; analyze refilled; truncate refilled;
  insert into refilled select i, md5(i::text) from generate_series(1, 500) i;
  create table hollow (a int primary key, b text); analyze hollow;
  create table filled_later (a int, b text); analyze filled_later; insert into filled_later select i, md5(i::text) from generate_series(1, 3000) i; create index on filled_later (a);
  create table part (a int, b int) partition by list (b);
  create table part_1 partition of part for values in (1); create table part_2 partition of part for values in (2); create table part_3 partition of part default;
  insert into part select i % 300, 1 + i % 2 from generate_series(1, 6000) i; analyze part_1; create index on part (a);
  create table counted (a int, b int) partition by list (b);
  create table counted_1 partition of counted for values in (1); create table counted_2 partition of counted for values in (2);
  insert into counted select i % 300, 1 + i % 2 from generate_series(1, 6000) i; analyze counted; insert into counted select i, 1 from generate_series(1, 900) i;
  create table animal (name text, kind int); create table dog (breed int) inherits (animal); create table cat (lives int) inherits (animal);
  insert into animal select 'a' || i % 9, i % 3 from generate_series(1, 900) i; insert into dog select 'd' || i % 40, 3, i from generate_series(1, 2500) i;
  insert into cat select 'c' || i, 4, 9 from generate_series(1, 300) i; analyze animal; analyze dog;`;

const onLife = [
  ...["never", "small", "grown", "deleted", "cut", "refilled", "hollow", "filled_later"].flatMap((table) => [
    `select * from ${table}`,
    `select * from ${table} where a = 7`,
    `select * from ${table} where a < 40 order by b`,
    `select a, count(*) from ${table} group by a`,
    `select * from ${table} x join grown y using (a) where x.b > 'f'`,
  ]),
  ...["part", "part_1", "part_2", "part_3", "counted", "counted_1"].flatMap((table) => [
    `select * from ${table}`,
    `select * from ${table} where a = 7`,
    `select a, b from ${table} group by 1, 2`,
  ]),
  "select * from counted join part using (a)",
  ...["animal", "only animal", "dog", "cat"].flatMap((table) => [
    `select * from ${table}`,
    `select * from ${table} where kind = 3`,
    `select name from ${table} group by name`,
    `select * from ${table} where name = 'd7' and kind = 3`,
  ]),
];

const counts = `
  select relname::text as name, relpages as pages, reltuples as tuples from pg_catalog.pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`;

test.each([15, 18] as const)(
  "tables never analysed, grown, emptied, refilled, partitioned and inherited from are as PostgreSQL %i sees them",
  async (version) => {
    const { url } = await freshDatabase(version, life);
    let copied: unknown;
    const also = async (session: Session) => {
      copied = await session.read(counts);
    };
    const { limits, planned } = await planBoth(twin, { url, queries: onLife, also });
    expect(limits).toEqual([]);
    expect(copied).toEqual(await readDatabase(url, (_, database) => database.read(counts)));
    expect(version === 18 ? differing(planned, 0.001) : miscounted(planned)).toEqual([]);
  },
);

test("statistics that the twin cannot take are told by name", async () => {
  const { url } = await freshDatabase(
    18,
    "create table other (a int); create table names (a int, r regclass); insert into names select i, 'other' from generate_series(1, 99) i; analyze",
  );
  const catalog = await wholeCatalog(url, ["names"]);
  expect(await twin.use(needsOf(catalog), (session) => build(session, catalog))).toEqual([
    "statistics of public.names.r are in the twin only in part",
  ]);
});

test("the twin plans with what the server sets for our role and our database", async () => {
  const cluster = await startCluster(18);
  try {
    const rows =
      "create table t (a int, b timestamptz); insert into t select i, '2026-01-01Z'::timestamptz + i * interval '1 min' from generate_series(1, 5000) i; create index on t (a); create index on t (b); analyze";
    const { Client } = (await import("pg")).default;
    const admin = new Client({ connectionString: cluster.url() });
    await admin.connect();
    for (const statement of [
      rows,
      "create role planner login password 'x'; grant pg_read_all_data to planner",
      "alter role planner set random_page_cost = 9",
      "alter role planner set work_mem = '64kB'",
      "alter database postgres set cpu_tuple_cost = 0.5",
      "alter role planner in database postgres set enable_hashagg = off",
      "alter role planner in database postgres set timezone = 'Asia/Tokyo'",
      "alter role all set seq_page_cost = 3",
    ])
      await admin.query(statement);
    await admin.end();
    const url = Object.assign(new URL(cluster.url()), { username: "planner", password: "x" }).href;
    const queries = [
      "select * from t where a < 20",
      "select * from t order by b, a",
      "select a, count(*) from t group by a",
      "select * from t where b < '2026-01-02'",
    ];
    const { planned } = await planBoth(twin, { url, queries });
    const { planned: others } = await planBoth(twin, { url: cluster.url(), queries });
    expect(differing(planned, 0.0001)).toEqual([]);
    expect(differing(others, 0.0001)).toEqual([]);
    for (const [position, { server }] of planned.entries()) expect(server).not.toEqual(others[position]?.server);
  } finally {
    await cluster.stop();
  }
}, 30_000);
