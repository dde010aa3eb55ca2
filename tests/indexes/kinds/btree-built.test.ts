import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { definitionFor, shapeOf } from "../../../src/indexes/candidate.ts";
import { createSql } from "../../../src/indexes/definition.ts";
import { createTrials, dropTrials } from "../../../src/indexes/trial.ts";
import { parsePlan } from "../../../src/plan/plan.ts";
import { build, needsOf } from "../../../src/twin/build.ts";
import type { Session } from "../../../src/twin/twin.ts";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import type { Version } from "../../postgres/server.ts";
import { startTwin, wholeCatalog } from "../../twin/twin.ts";
import { candidatesIn } from "./offered.ts";

const schema = `
create type mood as enum ('happy', 'sad', 'calm');
create table users (id int primary key, org_id int not null, email varchar(100) not null, name text not null, code char(8) not null, mood mood not null,
  active boolean not null, status text not null, deleted_at timestamptz, seen_at timestamptz, doc jsonb not null, filler text not null);
insert into users select i, i % 400, 'Person' || i || '@example.com', 'Name ' || md5(i::text), (i % 9000)::text, case when i % 100 = 0 then 'sad' else 'calm' end::mood,
  i % 90 > 0, case when i % 200 = 0 then 'open' else 'done' end, case when i % 20 <> 0 then now() end, timestamptz '2025-01-01Z' + i * interval '1 hour',
  jsonb_build_object('key', 'k' || i), repeat('x', 200) from generate_series(1, 10000) i;
create table notes (id int primary key, user_id int not null, body text not null);
insert into notes select i, i * 7 % 10000, 'person' || i || '@example.com' from generate_series(1, 10000) i;
`;

/** An index, and a statement that calls for it. */
const kinds = [
  {
    kind: "an order behind equality",
    shape: "(org_id, seen_at)",
    sql: "select filler from users where org_id = 7 order by seen_at desc limit 5",
  },
  {
    kind: "a keyset",
    shape: "(seen_at, id)",
    sql: "select filler from users where (seen_at, id) > ('2025-09-01Z', 9) order by seen_at, id limit 9",
  },
  { kind: "a list behind equality", shape: "(org_id, code)", sql: "select filler from users where code in ('7', '407') and org_id = 7" },
  { kind: "lower() of a varchar", shape: "((lower(email)))", sql: "select filler from users where lower(email) = 'person77@example.com'" },
  { kind: "upper() of a char(n)", shape: "((upper(code)))", sql: "select filler from users where upper(code) = '77'" },
  { kind: "a text in a document", shape: "((doc ->> 'key'))", sql: "select filler from users where doc ->> 'key' = 'k77'" },
  {
    kind: "the day of a time",
    shape: "(((seen_at at time zone 'UTC')::date))",
    sql: "select filler from users where (seen_at at time zone 'UTC')::date = '2025-03-01'",
  },
  {
    kind: "the year and month of a time",
    shape: "((extract('month' from seen_at at time zone 'UTC')), name)",
    sql: "select filler from users where extract(month from seen_at at time zone 'UTC') = 2 order by name limit 5",
  },
  {
    kind: "part of a text",
    shape: "((substring(name, 6, 4)))",
    sql: "select filler from users where substring(name from 6 for 4) = 'abcd'",
  },
  {
    kind: "a join on an expression",
    shape: "((lower(email)))",
    sql: "select u.filler from notes n join users u on lower(u.email) = n.body where n.id = 3",
  },
  {
    kind: "rows with a null",
    shape: "(org_id) where deleted_at is null",
    sql: "select filler from users where org_id = 7 and deleted_at is null",
  },
  {
    kind: "rows of a state",
    shape: "(org_id) where status = 'open'",
    sql: "select filler from users where org_id = 0 and status = 'open'",
  },
  {
    kind: "rows of a value of an enum",
    shape: "(org_id) where mood = 'sad'",
    sql: "select filler from users where org_id = 0 and mood = 'sad'",
  },
  {
    kind: "rows without a flag",
    shape: "(seen_at) where not active",
    sql: "select filler from users where not active order by seen_at limit 5",
  },
  {
    kind: "rows of two predicates",
    shape: "(org_id) where deleted_at is null and status = 'open'",
    sql: "select filler from users where status = 'open' and deleted_at is null and org_id < 9",
  },
  { kind: "columns that are carried along", shape: "(org_id) include (id, status)", sql: "select id, status from users where org_id = 7" },
  { kind: "a count", shape: "(org_id) include (code)", sql: "select count(*) from users where org_id = 7 and code <> 'x'" },
  {
    kind: "carried columns of some rows",
    shape: "(org_id) include (id) where status = 'open'",
    sql: "select id from users where org_id < 9 and status = 'open'",
  },
  { kind: "the start of a text", shape: "(name text_pattern_ops)", sql: "select filler from users where name like 'Name abc%'" },
  {
    kind: "the start of a lower-case varchar",
    shape: "((lower(email)) text_pattern_ops)",
    sql: "select filler from users where lower(email) like 'person77%'",
  },
  {
    kind: "the start of a text behind equality",
    shape: "(org_id, email varchar_pattern_ops)",
    sql: "select filler from users where org_id = 77 and email like 'Person%'",
  },
];

const used = new Map<string, { readonly told: boolean; readonly real: boolean }>();

async function compare(version: Version): Promise<void> {
  const { url } = await freshDatabase(version, schema);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("vacuum (analyze) users, notes");
  const catalog = await wholeCatalog(url);
  await startTwin().use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    for (const { kind, shape, sql } of kinds) {
      const candidates = await candidatesIn(session, catalog, sql);
      const candidate = candidates.find((each) => shapeOf(each) === shape);
      if (!candidate) throw new Error(`no candidate ${shape} for ${sql}: ${candidates.map(shapeOf).join("; ")}`);
      const { trials, refused } = await createTrials(session, { candidates: [candidate], tables: catalog.tables, searchPath: ["public"] });
      if (refused[0]) throw new Error(`${shape}: ${refused[0].message}`);
      const told = (await indexesIn(session, sql)).some((index) => trials.some(({ names }) => names.includes(index)));
      await dropTrials(session, trials);
      used.set(`${kind} ${version}`, { told, real: await isUsed(client, createSql(definitionFor(candidate), "built"), sql) });
    }
  });
  await client.end();
}

async function indexesIn(session: Session, sql: string): Promise<readonly string[]> {
  const explained = await session.explain({ sql, searchPath: ["public"], generic: false });
  if (explained.refused) throw new Error(explained.refused.message);
  return parsePlan(explained.plan).nodes.flatMap(({ index }) => index ?? []);
}

async function isUsed(client: pg.Client, create: string, sql: string): Promise<boolean> {
  await client.query(create);
  await client.query("analyze users");
  const { nodes } = parsePlan((await client.query(`explain (verbose, format json) ${sql}`)).rows[0]["QUERY PLAN"]);
  await client.query("drop index built");
  return nodes.some(({ index }) => index === "built");
}

beforeAll(() => Promise.all([compare(15), compare(18)]), 120_000);

test.each(kinds)("a B-tree for $kind is used by PostgreSQL 15 and 18 once it is built, as was told before", ({ kind }) => {
  for (const version of [15, 18]) expect([version, used.get(`${kind} ${version}`)]).toEqual([version, { told: true, real: true }]);
});
