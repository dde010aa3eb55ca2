import { beforeAll, expect, test } from "vitest";
import { twinWith } from "./offered.ts";

const table = `create table stays (id bigint primary key, room uuid not null, guest int not null, during tstzrange not null, days datemultirange, starts_at timestamptz,
  ends_at timestamptz, spot point not null, area box, name text, address inet, net cidr, path ltree, price int)`;

const extensions = ["btree_gist", "pg_trgm", "ltree"];
const schema = [
  ...extensions.map((name) => `create extension ${name} schema public`),
  table,
  `insert into stays select i, md5((i % 50)::text)::uuid, i % 400, tstzrange(now(), now()), '{}', now(), now(), point(i, i), box(point(i, i), point(0, 0)), 'n', '10.0.0.1', '10.0.0.0/8', 'a.b', i
     from generate_series(1, 800) i`,
  "analyze stays",
];

let twin: Awaited<ReturnType<typeof twinWith>>;
beforeAll(async () => {
  twin = await twinWith({ extensions, schema });
}, 60_000);

const offersFor = async (rest: string, ...shapes: readonly string[]) =>
  expect([...(await twin.shapes("gist", `select id from stays ${rest}`))].sort()).toEqual([...shapes].sort());
const offers = (condition: string, ...shapes: readonly string[]) => offersFor(`where ${condition}`, ...shapes);

test("what a range overlaps, holds, lies in or touches is found", async () => {
  await offers("during && tstzrange(now(), now())", "(during)");
  await offers("during @> '2026-01-01Z'::timestamptz", "(during)");
  await offers("during <@ tstzrange('2026-01-01Z', '2026-02-01Z')", "(during)");
  await offers("during -|- tstzrange('2026-01-01Z', '2026-02-01Z')", "(during)");
  await offers("days && '{[2026-01-01,2026-01-02)}'::datemultirange", "(days)");
});
test("a value that lies in a range of the table is found from its side", () => offers("'2026-01-01Z'::timestamptz <@ during", "(during)"));
test("a range that is made of two columns is an expression", () =>
  offers("tstzrange(starts_at, ends_at) && tstzrange('2026-01-01Z', '2026-02-01Z')", "((tstzrange(starts_at, ends_at)))"));
test("what must be equal stands before the range, as in an exclusion constraint", () =>
  offers("room = $1 and during && $2", "(during)", "(room, during)"));
test("of two equal columns, the one with most values comes first", () =>
  offers("room = $1 and guest = 7 and during && $2", "(during)", "(guest, during)", "(guest, room, during)"));
test("what lies within an area is found", async () => {
  await offers("spot <@ box(point(1, 1), point(2, 2))", "(spot)");
  await offers("area && box(point(1, 1), point(2, 2))", "(area)");
});
test("the network that an address is in is found", async () => {
  await offers("net >>= '10.1.1.1'", "(net inet_ops)");
  await offers("'10.1.1.1' <<= net", "(net inet_ops)");
  await offers("address << '10.0.0.0/8'", "(address inet_ops)");
});
test("a subtree is found where ltree is installed", () => offers("path <@ 'a'", "(path)"));
test("the nearest come in order", async () => {
  await offersFor("order by spot <-> point(5, 5) limit 10", "(spot)");
  await offersFor("order by point(5, 5) <-> spot limit 10", "(spot)");
  await offersFor("order by name <-> 'lamp' limit 10", "(name public.gist_trgm_ops)");
  await offersFor("order by price <-> 100 limit 10", "(price)");
});
test("the nearest of some are found by both", () =>
  offersFor("where guest = 7 order by spot <-> point(5, 5) limit 10", "(spot)", "(guest, spot)"));
test("a text that is only compared gets none", () => offers("name like '%lamp%'"));

test("without btree_gist nothing stands before the range", async () => {
  const { shapes } = await twinWith({ extensions: [], schema: ["create table stays (id int, room int, during tstzrange, price int)"] });
  expect(await shapes("gist", "select id from stays where room = 7 and during && $1")).toEqual(["(during)"]);
});
