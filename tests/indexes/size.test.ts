import { expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Candidate } from "../../src/indexes/candidates.ts";
import { ascending, type Key, keysSql } from "../../src/indexes/key.ts";
import { createTrials } from "../../src/indexes/trial.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase, startTwin, wholeCatalog } from "../twin/twin.ts";

/** Two hundred thousand rows with what makes B-trees of the same rows large or small: duplicates, nulls, skew, long text, types that cannot share. */
const rows = `
create table readings (
  id bigint not null, sensor int not null, kind text not null, unit varchar(20) not null, code char(6) not null, seen timestamptz not null,
  value numeric not null, ratio float8 not null, day date not null, note text, parent bigint, tag uuid not null, flag boolean not null, level smallint not null
);
insert into readings
select i, i % 5000, (array['temperature', 'humidity', 'wind'])[1 + i % 3], 'unit ' || i % 40, lpad((i % 90000)::text, 6, '0'),
       timestamptz '2026-01-01Z' + i * interval '1 minute', (i % 900) / 10.0, (i % 700) / 7.0, date '2020-01-01' + i % 700,
       case when i % 4 = 0 then md5(i::text) || ' noted' end, case when i % 10 > 0 then i / 3 end, md5(i::text)::uuid, i % 2 = 0, (i % 9)::smallint
  from generate_series(1, 200000) i;
set default_statistics_target = 1000;
analyze readings;
`;

const wanted: readonly (readonly string[])[] = [
  ["id"],
  ["sensor"],
  ["kind"],
  ["unit"],
  ["code"],
  ["seen"],
  ["value"],
  ["ratio"],
  ["day"],
  ["note"],
  ["parent"],
  ["tag"],
  ["flag"],
  ["level"],
  ["kind", "sensor"],
  ["sensor", "seen"],
  ["unit", "kind"],
  ["day", "level"],
  ["flag", "id"],
  ["kind", "unit", "seen"],
  ["level", "note"],
];

const twin = startTwin();

async function compare(catalog: Catalog, real: ReadonlyMap<string, number>) {
  return twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    const [table] = catalog.tables;
    if (!table) throw new Error("no table");
    const candidates: Candidate[] = wanted.map((columns) => ({ table, keys: columns.map((column): Key => ascending(column)) }));
    const { trials, refused } = await createTrials(session, candidates, catalog.tables);
    expect(refused).toEqual([]);
    return trials.map(({ candidate: { keys }, bytes }) => {
      const name = keysSql(keys);
      return { name, expected: bytes / 8192, built: real.get(name) ?? 0 };
    });
  });
}

test("the size of an index is told within 5 % of the one that PostgreSQL 18 builds, whatever its keys", async () => {
  const { url } = await freshDatabase(18, rows);
  const catalog = await wholeCatalog(url);
  const indexed = await freshDatabase(
    18,
    rows + wanted.map((columns, number) => `create index built_${number} on readings (${columns.join(", ")});`).join("\n"),
  );
  const sizes = await readDatabase(indexed.url, (_, database) =>
    database.read<{ number: number; blocks: number }>(
      "select substr(relname::text, 7)::int4 as number, (pg_relation_size(oid) / 8192)::int4 as blocks from pg_class where relname like 'built%'",
    ),
  );
  const real = new Map(sizes.map(({ number, blocks }) => [wanted[number]?.join(", ") ?? "", blocks]));
  const compared = await compare(catalog, real);
  expect(compared).toHaveLength(wanted.length);
  expect(compared.filter(({ expected, built }) => Math.abs(expected / built - 1) > 0.05)).toEqual([]);
}, 60_000);
