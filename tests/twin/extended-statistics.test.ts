import { beforeAll, expect, test } from "vitest";
import { readExtendedStatistics } from "../../src/catalog/extended-statistics.ts";
import { readExtendedValues } from "../../src/catalog/extended-statistics-values.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { differing, miscounted, planBoth } from "./both.ts";
import { startTwin, wholeCatalog } from "./twin.ts";

const twin = startTwin();

/** Columns that depend on each other, of types that 32 and 64 bits hold differently, after a column that is gone. */
const schema = `
  create schema stats;
  create type season as enum ('winter', 'spring', 'summer');
  create domain code as text;
  create table visits (gone int, country code, city text, zip int, at timestamptz, amount numeric, weight float8, seen bigint, s season, tag char(5), note text);
  alter table visits drop column gone;
  insert into visits
  select 'c' || i % 20, case when i % 31 = 0 then null else 'city ''' || i % 100 end, i % 100,
         '2026-01-01Z'::timestamptz + (i % 12) * interval '1 month', (i % 7) * 1.50, (i % 7) / 3.0, 5000000000 + i % 50,
         (array['winter', 'spring', 'summer'])[i % 12 / 4 + 1]::season, 't' || i % 7, case i % 3 when 0 then 'Ab' when 1 then 'aB' end
    from generate_series(1, 20000) i;
  insert into visits (country, zip) select 'rare', 7 from generate_series(1, 30);
  create statistics stats.all_kinds on country, city, zip from visits;
  create statistics by_time (mcv, dependencies) on at, s, seen from visits;
  create statistics "Odd ""stats" (mcv) on amount, weight, tag from visits;
  create statistics groups (ndistinct) on seen, zip, tag from visits;
  create statistics months on (date_trunc('month', at at time zone 'UTC')) from visits;
  create statistics lowered on (lower(note)), zip, (zip % 5), amount from visits;

  create table events (day date, kind int, level int, extra int) partition by range (day);
  create table events_1 (level int, gone int, kind int, day date, extra int);
  alter table events_1 drop column gone;
  alter table events attach partition events_1 for values from ('2026-01-01') to ('2026-02-01');
  create table events_2 partition of events for values from ('2026-02-01') to ('2026-03-01');
  insert into events select '2026-01-01'::date + i % 59, i % 40, i % 40 / 4, i from generate_series(1, 9000) i;
  create statistics whole on kind, level from events;
  create statistics of_part on kind, level, (kind + level) from events_1;

  create table base (a int, b int);
  create table derived (c int) inherits (base);
  insert into base select i % 10, i % 10 / 2 from generate_series(1, 3000) i;
  insert into derived select i % 30, i % 30 / 3, i from generate_series(1, 6000) i;
  create statistics tree on a, b from base;
  analyze;
  create statistics unread on c, a from derived;`;

const queries = [
  "select * from visits where country = 'c7' and city = 'city ''27'",
  "select * from visits where country = 'c7' and city = 'city ''27' and zip = 27",
  "select * from visits where country = 'c7' and zip = 28",
  "select * from visits where country = 'rare' and zip = 7 and city is null",
  "select * from visits where zip in (1, 21, 41) and country in ('c1', 'c2')",
  "select * from visits where zip < 10 and country = 'c3'",
  "select * from visits where city is null and zip = 31",
  "select country, city, zip from visits group by 1, 2, 3",
  "select country, zip, count(*) from visits group by 1, 2",
  "select seen, zip, tag from visits group by 1, 2, 3",
  "select seen, tag from visits group by 1, 2",
  "select * from visits where s = 'summer' and at = '2026-09-01Z'",
  "select * from visits where s = 'winter' and at = '2026-09-01Z'",
  "select * from visits where s = 'winter' and at < '2026-03-01Z'",
  "select * from visits where seen = 5000000003 and at > '2026-06-01Z'",
  "select * from visits where amount = 3 and tag = 't2'",
  "select * from visits where weight < 1 and amount > 2",
  "select * from visits where tag = 't6' or amount = 9",
  "select * from visits where date_trunc('month', at at time zone 'UTC') = '2026-05-01'",
  "select * from visits where date_trunc('month', at at time zone 'UTC') > '2026-09-15'",
  "select * from visits where lower(note) = 'ab'",
  "select * from visits where lower(note) = 'ab' and zip % 5 = 2",
  "select * from visits where zip % 5 = 2 and zip = 12",
  "select lower(note), zip % 5, zip from visits group by 1, 2, 3",
  "select v.zip % 5 from visits v join visits w on w.zip % 5 = v.zip % 5 where v.amount = 3 and w.zip = 4",
  "select * from events where kind = 8 and level = 2",
  "select * from events where kind = 8 and level = 3",
  "select kind, level from events group by 1, 2",
  "select * from events where day = '2026-01-05' and kind = 5 and level = 1",
  "select * from events_1 where kind = 5 and level = 1",
  "select * from events_1 where kind + level = 6 and kind = 5",
  "select kind + level from events_1 group by 1",
  "select * from base where a = 3 and b = 1",
  "select * from only base where a = 3 and b = 1",
  "select a, b from base group by 1, 2",
  "select a, b from only base group by 1, 2",
];

let eighteen: { url: string };
let fifteen: { url: string };

beforeAll(async () => {
  eighteen = await freshDatabase(18, schema);
  fifteen = await freshDatabase(15, schema);
}, 60_000);

test("with extended statistics the twin expects the rows of PostgreSQL 18, at a cost within 0.1 %", async () => {
  const { limits, planned } = await planBoth(twin, { url: eighteen.url, queries });
  expect(limits).toEqual([]);
  expect(differing(planned, 0.001)).toEqual([]);
});

test("with extended statistics the twin expects the rows of PostgreSQL 15", async () => {
  const { limits, planned } = await planBoth(twin, { url: fifteen.url, queries });
  expect(limits).toEqual([]);
  expect(miscounted(planned)).toEqual([]);
});

test.each([15, 18] as const)(
  "what PostgreSQL %i knows for its statistics objects is read back from the twin as it was",
  async (version) => {
    const catalog = await wholeCatalog((version === 15 ? fifteen : eighteen).url);
    const copied = await twin.use(needsOf(catalog), async (session) => {
      await build(session, catalog);
      const relations = await session.read<{ oid: number }>("select distinct stxrelid as oid from pg_statistic_ext");
      const objects = await readExtendedStatistics(
        session,
        relations.map(({ oid }) => oid),
      );
      return readExtendedValues(session, { objects, versionNumber: 180000 });
    });
    const portable = (all: typeof copied) =>
      all
        .map(({ table: _, distinct, dependencies, mostCommon, ...values }) => ({
          ...values,
          distinct: new Map(distinct.map(({ parts, value }) => [[...parts].sort().join(), value])),
          dependencies: new Map(dependencies.map(({ parts, value }) => [parts.join(), value])),
          mostCommon: mostCommon.map((combination) => ({ ...combination, values: [...combination.values].sort() })),
        }))
        .sort((a, b) => (`${a.name} ${a.inherited}` < `${b.name} ${b.inherited}` ? -1 : 1));
    expect(portable(copied)).toEqual(portable(catalog.extendedValues));
    expect(copied.map(({ name, inherited }) => (inherited ? `${name} of all` : name)).sort()).toEqual([
      'Odd "stats',
      "all_kinds",
      "by_time",
      "groups",
      "lowered",
      "months",
      "of_part",
      "tree",
      "tree of all",
      "whole of all",
    ]);
  },
);

test("statistics that cannot be stored are told by name, and nothing is left behind of how the others were", async () => {
  const { url } = await freshDatabase(
    18,
    `create function third(i int) returns int language sql immutable as 'select i / 3';
     create table t (a int, b int); insert into t select i % 9, i % 3 from generate_series(1, 900) i;
     create statistics on_function on (third(a)), b from t; create statistics on_columns on a, b from t; analyze t`,
  );
  const catalog = await wholeCatalog(url);
  const { limits, left } = await twin.use(needsOf(catalog), async (session) => ({
    limits: await build(session, { ...catalog, functions: [] }),
    left: await session.read(`select 'schema' as what from pg_namespace where nspname ~ 'scratch'
                              union all select 'cast' from pg_cast where castsource = 'bytea'::regtype and casttarget::regtype::text ~ '^pg_'`),
  }));
  expect(limits).toEqual(["extended statistics public.on_function are not in the twin"]);
  expect(left).toEqual([]);
});
