import { beforeAll, expect, test } from "vitest";
import { compare } from "../fidelity/compare.ts";
import { enter, type Loaded, load } from "../fidelity/workloads.ts";

/** Half of the values are common ones, and those are the smallest and the largest. */
const objects = `
  create type mood as enum ('sad', 'ok', 'fine', 'happy', 'glad');
  create table readings (
    id int primary key, level int not null, at timestamptz not null, name text collate "C" not null, sensor text not null, note text, doc jsonb not null,
    tags text[] not null, mood mood not null, twice int generated always as (level * 2) stored,
    check (level <> 5), unique (sensor, id)
  );
  insert into readings
  select i, v, timestamptz '2026-01-01Z' + (v % 9000) * interval '1 minute', case when v > 1000 then 'm' || v else 'a "quoted", {odd} \\ name ' || v % 3 end,
         'sensor ' || v % 700, case when i % 3 = 0 then 'note' end, jsonb_build_object('n', v), array['t' || v % 50], (enum_range(null::mood))[1 + v % 5]
    from (select i, case when i % 4 = 0 then i % 3 when i % 4 = 1 then 100000 + i % 3 else 1000 + (i::bigint * 7919) % 90000 end as v from generate_series(1, 20000) i) s;
  create index on readings (level desc);
  create index on readings (at);
  create index on readings (name);
  create index on readings (twice);
  create index on readings (md5(sensor));
  create index on readings using gin (tags);
  create index on readings (note) where note is not null;
  create table days (id int, day date not null, kind int, primary key (day, id)) partition by range (day);
  create table days_1 partition of days for values from ('2026-01-01') to ('2026-02-01');
  create table days_2 partition of days for values from ('2026-02-01') to ('2026-03-01');
  create index on days (kind);
  insert into days select i, date '2026-01-05' + i % 50, case when i % 2 = 0 then 0 else i % 400 end from generate_series(1, 20000) i;
  create table picky (id int primary key, low int, high int, check (low < high and high - low < 50));
  create index on picky (low);
  insert into picky select i, v, v + 1 + i % 40 from (select i, case when i % 2 = 0 then 1 else i end as v from generate_series(1, 20000) i) s`;

const queries = [
  "select * from readings where level < 900",
  "select * from readings where level < 1500",
  "select * from readings where level > 90000",
  "select * from readings where level > 100002",
  "select * from readings where level < -5",
  "select * from readings where level between 80000 and 100001 and at > '2026-01-07Z'",
  "select * from readings where at > '2030-01-01Z'",
  "select count(*) from readings where at < '2026-01-01 00:03Z'",
  "select * from readings where name < 'b'",
  "select * from readings where name > 'm90800' order by name",
  "select * from readings where twice > 199999",
  "select * from readings where md5(sensor) < '03'",
  "select * from readings where md5(sensor) > 'fd'",
  "select * from readings where sensor > 'sensor 98'",
  "select * from readings where tags @> '{t7}'",
  "select * from readings where note > 'x'",
  "select * from readings where mood > 'happy' and id > 19990",
  "select * from readings where level is not null and doc is not null and id < 5",
  "select * from days where kind < 3",
  "select * from days where kind > 398",
  "select * from days where day > '2026-02-22'",
  "select * from picky where low < 3",
  "select * from picky where low > 19990",
].map((sql) => ({ name: sql, sql }));

const stage = { name: "ends", change: () => ["vacuum analyze"], queries: () => queries };
let loaded: Loaded;

beforeAll(async () => {
  loaded = await load({ name: "ends", scripts: () => [objects], stages: [stage] }, 18);
  await enter(stage, loaded);
});

test("near the end of a histogram the planner finds the ends that it would find in the real index", async () => {
  const { compared, limits, refused } = await compare(loaded, queries);
  const told = compared.map(({ sql, ratio, rows, sameShape }) => ({ sql, ratio: Number(ratio.toFixed(3)), rows, sameShape }));
  expect(told.filter(({ ratio, rows, sameShape }) => ratio !== 1 || rows !== 1 || !sameShape)).toEqual([]);
  expect([...limits, ...refused]).toEqual([]);
});
