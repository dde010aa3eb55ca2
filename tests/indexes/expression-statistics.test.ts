import { expect, test } from "vitest";
import { estimateExpressions } from "../../src/indexes/expression-statistics.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { startTwin, wholeCatalog } from "../twin/twin.ts";

const twin = startTwin();

interface Told {
  readonly name: string;
  readonly nulls: number;
  readonly distinct: number;
  readonly common: string | null;
}

/** What the twin tells of the keys of indexes that only it has, and what this rests on. */
async function estimated(tables: string, indexes: readonly string[]) {
  const { url, drop } = await freshDatabase(18, tables);
  const catalog = await wholeCatalog(url);
  await drop();
  return twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    await session.run([
      "set local search_path = public",
      ...indexes.map((sql) => `create index ${sql}`),
      "set local search_path = pg_catalog",
    ]);
    const made = await session.read<{ oid: number; name: string }>(
      "select oid, relname::text as name from pg_class where relname like 'tried%' and relkind = 'i' order by oid",
    );
    const limits = await estimateExpressions(
      session,
      made.map(({ oid }) => oid),
    );
    const told = await session.read<Told>(
      `select tablename::text as name, null_frac as nulls, n_distinct as distinct, most_common_vals::text as common from pg_stats
        where tablename like 'tried%' order by tablename`,
    );
    return { told, limits: made.map(({ oid, name }) => ({ name, limits: limits.get(oid) ?? [] })) };
  });
}

const rows = 12_000;
const users = `
  select setseed(0.42);
  create table users (id int primary key, email text not null, name text not null, profile jsonb not null);
  insert into users
  select i, 'U' || i % 3000 || '@example.com', case when i % 10 < 4 then 'Smith' else 'Name ' || i end,
         jsonb_build_object('visit', md5((i / 12)::text), 'token', md5('t' || i), 'city', 'City ' || floor(40 * random() * random()), 'code', 'SKU-' || floor(random() * 5000)) from generate_series(1, ${rows}) i;
  create index users_email on users (lower(email));
  analyze users;`;

test("an expression that an existing index holds has the statistics that ANALYZE found there", async () => {
  const { told } = await estimated(users, ["tried_1 on users (lower(email), id)", "tried_2 on users (id, lower(email))"]);
  expect(told.map(({ distinct }) => distinct)).toEqual([-0.25, -0.25]);
});

test("an expression is estimated once for all indexes that hold it, where their predicates do not speak of its columns", async () => {
  const { told } = await estimated(users, [
    "tried_1 on users (upper(name))",
    "tried_2 on users (upper(name)) where id > 9",
    "tried_3 on users (id, upper(name))",
  ]);
  expect(told).toHaveLength(3);
  expect(new Set(told.map(({ distinct, common }) => `${distinct} ${common}`)).size).toBe(1);
  expect(told[0]?.common).toBe("{SMITH}");
});

test("a key that no document has is null in every row", async () => {
  const { told } = await estimated(users, ["tried_1 on users ((profile ->> 'absent'))"]);
  expect(told[0]).toMatchObject({ nulls: 1, distinct: 0 });
});

test("numbered values in documents are as many as fit between the least and the greatest", async () => {
  const { told } = await estimated(users, ["tried_1 on users ((profile ->> 'code'))"]);
  const values = -(told[0]?.distinct ?? 0) * rows;
  expect(values).toBeGreaterThan(4500);
  expect(values).toBeLessThan(5500);
});

test("where all values that documents show differ and nothing else counts them, it is said that their number is a guess", async () => {
  const { told, limits } = await estimated(users, ["tried_1 on users ((profile ->> 'token'))", "tried_2 on users ((profile ->> 'city'))"]);
  expect(told[0]?.distinct).toBeGreaterThan(-1);
  expect(told[0]?.distinct).toBeLessThan(-0.3);
  expect(limits).toEqual([
    {
      name: "tried_1",
      limits: ["how many rows share a value of (profile ->> 'token'::text) is a guess: the 101 that ANALYZE kept all differ"],
    },
    { name: "tried_2", limits: [] },
  ]);
});
