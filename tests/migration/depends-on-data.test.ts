import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { dependsOnData } from "../../src/migration/depends-on-data.ts";
import type { DependsOnData } from "../../src/migration/step.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { wholeCatalog } from "../twin/twin.ts";

/** Rows 1 to 100 of `good` are in nobody's way; those of `bad` are in the way of everything. */
const schema = `
create table parents (id int primary key);
insert into parents select i from generate_series(1, 100) i;
create table good (id int, parent int, other int, note text, code varchar(20), n int, during int4range, u text);
insert into good select i, i, i, 'n' || i, 'c' || i, i, int4range(i, i + 1), i::text from generate_series(1, 100) i;
create table bad (like good);
insert into bad select i, 1000, 5, case when i % 2 = 0 then 'n' end, 'a long code ' || i, -1, int4range(1, 9), 'x' from generate_series(1, 100) i;
alter table good add constraint nv check (n > 0) not valid, add constraint fk_nv foreign key (parent) references parents not valid;
alter table bad add constraint nv check (n > 0) not valid, add constraint fk_nv foreign key (parent) references parents not valid;
analyze;
`;

/** $ stands for the table. */
const statements: readonly (readonly [sql: string, good: DependsOnData["verdict"], bad: DependsOnData["verdict"]])[] = [
  ["alter table $ alter column note set not null", "holds", "fails"],
  ["alter table $ add column z int not null", "unknown", "unknown"],
  ["create unique index on $ (other)", "holds", "fails"],
  ["create unique index on $ (other) where n < 200", "holds", "unknown"],
  ["create unique index on $ (other, u)", "holds", "unknown"],
  ["alter table $ add constraint k unique (other)", "holds", "fails"],
  ["alter table $ add primary key (other)", "holds", "fails"],
  ["alter table $ add constraint f foreign key (parent) references parents", "unknown", "unknown"],
  ["alter table $ add constraint c check (n > 0)", "unknown", "unknown"],
  ["alter table $ validate constraint nv", "unknown", "unknown"],
  ["alter table $ validate constraint fk_nv", "unknown", "unknown"],
  ["alter table $ alter column code type varchar(5)", "unknown", "unknown"],
  ["alter table $ alter column u type int using u::int", "unknown", "unknown"],
  ["alter table $ add constraint x exclude using gist (during with &&)", "unknown", "unknown"],
];

const servers: Partial<Record<15 | 18, { readonly url: string; readonly catalog: Catalog }>> = {};

beforeAll(async () => {
  for (const version of [15, 18] as const) {
    const { url } = await freshDatabase(version, schema);
    servers[version] = { url, catalog: await wholeCatalog(url) };
  }
});

async function conditionOf(written: string, table: string, version: 15 | 18): Promise<DependsOnData> {
  const { tables = [], statistics = [] } = servers[version]?.catalog ?? {};
  const [statement] = await parseStatements(written.replace("$", table));
  if (!statement) throw new Error("no statement");
  const here = {
    statement,
    effects: undefined,
    isNew: () => false,
    table: ({ name }: { name: string }) => tables.find((known) => known.name === name),
  };
  const [condition, ...more] = dependsOnData(here, { statistics, postgres: version });
  expect(more).toEqual([]);
  if (!condition) throw new Error(`no condition of ${written}`);
  return condition;
}

/** Rows that the check finds, or the error it stops at; and whether Postgres takes the statement. */
async function tried(client: pg.Client, { check }: DependsOnData, sql: string) {
  const found = await client.query(check).then(
    ({ rows }) => (/^select count/.test(check) ? 0 : rows.length),
    () => "error",
  );
  await client.query("begin");
  const taken = await client.query(sql).then(
    () => true,
    () => false,
  );
  await client.query("rollback");
  return { clear: found === 0, taken };
}

test.each([15, 18] as const)(
  "a check finds what makes PostgreSQL %i refuse the statement, and nothing where it does not",
  async (version) => {
    const client = new pg.Client({ connectionString: servers[version]?.url });
    await client.connect();
    for (const [sql, good, bad] of statements) {
      const onBad = await conditionOf(sql, "bad", version);
      expect({ sql, ...(await tried(client, onBad, sql.replace("$", "bad"))), verdict: onBad.verdict }).toEqual({
        sql,
        clear: false,
        taken: false,
        verdict: bad,
      });
      if (sql.includes("add column z")) continue;
      const onGood = await conditionOf(sql, "good", version);
      expect({ sql, ...(await tried(client, onGood, sql.replace("$", "good"))), verdict: onGood.verdict }).toEqual({
        sql,
        clear: true,
        taken: true,
        verdict: good,
      });
    }
    await client.end();
  },
);

test("the conditions in words, with the queries", async () => {
  const told: string[] = [];
  for (const [sql] of statements) {
    const { condition, check } = await conditionOf(sql, "good", 18);
    told.push(`${condition}: ${check}`);
  }
  expect(told).toMatchInlineSnapshot(`
    [
      "no row of good has a NULL note: select 1 from good where note is null limit 1;",
      "good has no row: select 1 from good limit 1;",
      "no two rows of good have the same other: select other, count(*) from good where other is not null group by other having count(*) > 1 limit 10;",
      "no two rows of good have the same other where n < 200: select other, count(*) from good where other is not null and (n < 200) group by other having count(*) > 1 limit 10;",
      "no two rows of good have the same other, u: select other, u, count(*) from good where other is not null and u is not null group by other, u having count(*) > 1 limit 10;",
      "no two rows of good have the same other: select other, count(*) from good where other is not null group by other having count(*) > 1 limit 10;",
      "no two rows of good have the same other: select other, count(*) from good where other is not null group by other having count(*) > 1 limit 10;",
      "every parent of good is among the id of parents: select c.* from good c where c.parent is not null and not exists (select from parents p where p.id = c.parent) limit 10;",
      "every row of good passes CHECK (n > 0): select * from good where not (n > 0) limit 10;",
      "every row of good passes CHECK ((n > 0)): select * from good where not ((n > 0)) limit 10;",
      "every parent of good is among the id of public.parents: select c.* from good c where c.parent is not null and not exists (select from public.parents p where p.id = c.parent) limit 10;",
      "every code of good can become varchar(5): select code from good where length((code)::text) > 5 limit 10;",
      "every u of good can become int: select u from good where not pg_input_is_valid((u::int)::text, 'int') limit 10;",
      "no two rows of good exclude each other by x: select a.*, b.* from good a join good b on a.ctid < b.ctid and a.during && b.during limit 10;",
    ]
  `);
});

test.each([
  "alter table good add column z int not null default 1",
  "alter table good add column z bigserial not null",
  "alter table good add column z int references parents",
  "alter table good add constraint c check (n > 0) not valid",
  "alter table good alter column n type bigint",
  "alter table good alter column code type text",
  "alter table good add constraint k unique using index i",
  "create index on good (n)",
])("%s asks nothing of the rows", async (sql) => {
  const { tables = [] } = servers[18]?.catalog ?? {};
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error("no statement");
  expect(
    dependsOnData({ statement, effects: undefined, isNew: () => false, table: ({ name }) => tables.find((known) => known.name === name) }),
  ).toEqual([]);
});
