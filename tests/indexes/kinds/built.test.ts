import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { definitionFor, shapeOf } from "../../../src/indexes/candidate.ts";
import { createSql } from "../../../src/indexes/definition.ts";
import { createTrials, dropTrials } from "../../../src/indexes/trial.ts";
import { parsePlan } from "../../../src/plan/plan.ts";
import { build, needsOf } from "../../../src/twin/build.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import type { Version } from "../../postgres/server.ts";
import { startTwin, wholeCatalog } from "../../twin/twin.ts";
import { candidatesIn } from "./offered.ts";

const schema = `
create extension pg_trgm; create extension btree_gin; create extension btree_gist;
create table posts (id int primary key, org_id int not null, title text not null, body text not null, tags text[] not null, doc jsonb not null, token text not null, filler text not null);
insert into posts
select i, i % 400, 'Title ' || md5(i::text), 'word' || i % 30 || ' and word' || i * 7 % 25, array['tag' || i % 500, 'tag' || i * i % 300], jsonb_build_object('city', 'c' || i % 700, case when i % 90 = 0 then 'rare' else 'often' end, i % 5),
       md5(i::text) || md5((i * 3)::text), repeat('x', 200)
  from generate_series(1, 5000) i;
create table stays (id int primary key, room int not null, during tstzrange not null, spot point not null, net cidr not null, note text not null);
insert into stays
select i, i % 120, tstzrange(timestamptz '2025-01-01Z' + i % 9000 * interval '1 hour', timestamptz '2025-01-01Z' + (i % 9000 + 30) * interval '1 hour'),
       point(i * 7919 % 10007, i * 104729 % 10009), ('10.' || i % 250 || '.' || i * 13 % 250 || '.0/24')::cidr, repeat('y', 100)
  from generate_series(1, 5000) i;
create table events (id int not null, at timestamptz not null, late timestamptz not null, filler text not null);
insert into events
select i, timestamptz '2025-01-01Z' + i * interval '1 minute', timestamptz '2025-01-01Z' + (case when i % 250 = 0 then i * 37 % 17000 else i end) * interval '1 minute', repeat('z', 1900)
  from generate_series(1, 17000) i;
`;

/** An index, the statement that calls for it, and how far its cost may be off. */
const kinds = [
  { kind: "GIN over an array", shape: "using gin (tags)", sql: "select id from posts where tags @> array['tag7']" },
  {
    kind: "GIN over paths of a document",
    shape: "using gin (doc jsonb_path_ops)",
    sql: `select id from posts where doc @> '{"city": "c77"}'`,
  },
  { kind: "GIN over keys of a document", shape: "using gin (doc)", sql: "select id from posts where doc ? 'rare'" },
  { kind: "GIN over trigrams", shape: "using gin (title public.gin_trgm_ops)", sql: "select id from posts where title like '%a87ff679%'" },
  {
    kind: "GIN over words",
    shape: "using gin ((to_tsvector('simple', body)))",
    sql: "select id from posts where to_tsvector('simple', body) @@ to_tsquery('simple', 'word7 & word20')",
  },
  {
    kind: "GIN over a column and an array",
    shape: "using gin (org_id, tags)",
    sql: "select id from posts where org_id = 7 and tags @> array['tag7']",
  },
  {
    kind: "GiST over a range",
    shape: "using gist (during)",
    sql: "select id from stays where during && tstzrange('2025-03-01Z', '2025-03-02Z')",
  },
  {
    kind: "GiST over a column and a range",
    shape: "using gist (room, during)",
    sql: "select id from stays where room = 7 and during && tstzrange('2025-03-01Z', '2025-03-10Z')",
  },
  { kind: "GiST for the nearest", shape: "using gist (spot)", sql: "select id from stays order by spot <-> point(500, 500) limit 10" },
  {
    kind: "GiST for the most similar",
    shape: "using gist (title public.gist_trgm_ops)",
    sql: "select id from posts order by title <-> 'Title a87ff679' limit 10",
  },
  { kind: "GiST over networks", shape: "using gist (net inet_ops)", sql: "select id from stays where net >>= '10.7.91.5'" },
  { kind: "BRIN", shape: "using brin (at)", sql: "select id from events where at >= '2025-01-05Z' and at < '2025-01-06Z'" },
  {
    kind: "BRIN of several intervals",
    shape: "using brin (late timestamptz_minmax_multi_ops)",
    sql: "select id from events where late >= '2025-01-05Z' and late < '2025-01-06Z'",
  },
  { kind: "hash", shape: "using hash (token)", sql: "select id from posts where token = 'x'" },
  { kind: "GIN for what most rows hold", shape: "using gin (doc)", sql: "select id from posts where doc ? 'often'" },
];

interface Seen {
  readonly used: boolean;
  readonly before: number;
  readonly cost: number;
  readonly bytes: number;
}

const seen = new Map<string, { readonly told: Seen; readonly real: Seen }>();

async function compare(version: Version): Promise<void> {
  const { url } = await freshDatabase(version, schema);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("vacuum (analyze) posts, stays, events");
  const catalog = await wholeCatalog(url);
  await startTwin().use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    const planIn = async (sql: string) => {
      const explained = await session.explain({ sql, searchPath: catalog.settings.searchPath, generic: false });
      if (explained.refused) throw new Error(explained.refused.message);
      return parsePlan(explained.plan);
    };
    for (const { kind, shape, sql } of kinds) {
      const candidate = (await candidatesIn(session, catalog, sql)).find((each) => shapeOf(each) === shape);
      if (!candidate) throw new Error(`no candidate ${shape} for ${sql}`);
      const before = (await planIn(sql)).root.totalCost;
      const { trials } = await createTrials(session, { candidates: [candidate], tables: catalog.tables, searchPath: ["public"] });
      const [trial] = trials;
      if (!trial) throw new Error(`refused: ${shape}`);
      const plan = await planIn(sql);
      const used = plan.nodes.some(({ index }) => index !== undefined && trial.names.includes(index));
      await dropTrials(session, trials);
      const real = await builtFor(client, createSql(definitionFor(candidate), "built"), sql);
      seen.set(`${kind} ${version}`, { told: { used, before, cost: plan.root.totalCost, bytes: trial.bytes }, real });
    }
  });
  await client.end();
}

async function builtFor(client: pg.Client, create: string, sql: string): Promise<Seen> {
  const explain = async () => parsePlan((await client.query(`explain (verbose, format json) ${sql}`)).rows[0]["QUERY PLAN"]);
  const before = (await explain()).root.totalCost;
  await client.query(create);
  await client.query(`analyze ${/ from (\w+)/.exec(sql)?.[1]}`);
  const { nodes, root } = await explain();
  const { rows } = await client.query<{ bytes: number }>("select pg_relation_size('built')::int as bytes");
  await client.query("drop index built");
  return { used: nodes.some(({ index }) => index === "built"), before, cost: root.totalCost, bytes: rows[0]?.bytes ?? 0 };
}

beforeAll(() => Promise.all([compare(15), compare(18)]), 120_000);

test.each(kinds)(
  "of $kind it is told whether PostgreSQL 15 and 18 will use it, and its cost within 20 %, before it is built",
  ({ kind }) => {
    for (const version of [15, 18]) {
      const { told, real } = seen.get(`${kind} ${version}`) ?? {};
      expect(told?.used).toBe(real?.used);
      expect(Math.abs((told?.cost ?? 0) / (real?.cost ?? 1) - 1), `${version}: ${told?.cost} for ${real?.cost}`).toBeLessThanOrEqual(0.2);
    }
  },
);

test("all of them are used but the one that finds most rows", () => {
  const unused = [...seen].filter(([, { real }]) => !real.used).map(([name]) => name);
  expect(unused.sort()).toEqual(["GIN for what most rows hold 15", "GIN for what most rows hold 18"]);
});
