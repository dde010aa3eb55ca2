import { beforeAll, expect, test } from "vitest";
import { readRelationNames } from "../../../src/catalog/names.ts";
import { readTables, type Table } from "../../../src/catalog/tables.ts";
import type { Finding } from "../../../src/finding.ts";
import rule from "../../../src/rules/query/n-plus-one.ts";
import { run } from "../../../src/rules/rule.ts";
import { parseWithPlaceholders } from "../../../src/sql/placeholders.ts";
import { readQuery } from "../../../src/sql/query.ts";
import { spanAsWritten } from "../../../src/sql/written-text.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";

const database = await sharedEmbedded();
let tables: readonly Table[] = [];

beforeAll(async () => {
  await database.exec(`
    create table users (id bigint primary key, name text not null);
    create table posts (id bigint primary key, author_id bigint not null references users, title text not null, likes int not null);
    create table "Post" (id int primary key, "authorId" int not null, title text);
    insert into users select i, 'user ' || i from generate_series(1, 5) i;
    insert into posts select i, i % 5 + 1, 'post ' || i, i % 3 from generate_series(1, 40) i;
    insert into "Post" select i, i % 5 + 1, 'post ' || i from generate_series(1, 40) i;`);
  const read = async <Row>(sql: string, values: readonly unknown[] = []) => (await database.query<Row>(sql, [...values])).rows;
  const names = await readRelationNames({ read });
  tables = await readTables(
    { read },
    names.filter(({ system }) => !system).map(({ oid }) => oid),
  );
});

async function findingsIn(sql: string, known = tables): Promise<readonly (Finding & { readonly at: string })[]> {
  const statements = await parseWithPlaceholders(sql);
  return statements.flatMap((statement) => {
    const query = readQuery(statement, ({ name }) => known.find((table) => table.name === name));
    return run([rule], query, undefined).map((finding) => {
      const { start = 0, end = 0 } = finding.span ? spanAsWritten(statement, finding.span) : {};
      return { ...finding, at: sql.slice(start, end) };
    });
  });
}

const thrice = (text: string) => [1, 2, 3].map((value) => text.replace("#", String(value))).join(";\n");

interface Case {
  readonly sql: string;
  readonly at: string;
  readonly fix?: string;
  readonly says?: string | RegExp;
}

const bad: Readonly<Record<string, Case>> = {
  "a list of children for each parent": {
    sql: thrice("select id, author_id, title from posts where author_id = # order by id"),
    at: "author_id = 1",
    fix: "select id, author_id, title from posts where author_id = any ($1) order by id;",
    says: "3 statements read posts for one author_id each, a round trip apiece; one query with author_id = any ($1) reads it for all.",
  },
  "a parent for each child, after the list of children": {
    sql: "select * from posts; select name from users where id = 1; select name from users where id = 2",
    at: "id = 1",
    fix: "select id, name from users where id = any ($1);",
  },
  "one row by its key and LIMIT 1": {
    sql: thrice("select u.name from users u where u.id = # limit 1"),
    at: "u.id = 1",
    fix: "select u.id, u.name from users u where u.id = any ($1);",
  },
  "a number for each": {
    sql: thrice("select count(*) from posts where author_id = #"),
    at: "author_id = 1",
    fix: "select wanted.key, found.* from unnest($1::bigint[]) as wanted (key) cross join lateral (select count(*) from posts where author_id = wanted.key) as found;",
  },
  "the latest of each": {
    sql: thrice("select title from posts where likes > 0 and author_id = # order by id desc limit 2"),
    at: "author_id = 1",
    fix: "select wanted.key, found.* from unnest($1::bigint[]) as wanted (key) cross join lateral (select title from posts where likes > 0 and author_id = wanted.key order by id desc limit 2) as found;",
  },
  "the value first, and a list of one": {
    sql: thrice("select * from posts where author_id in (#)"),
    at: "author_id in (1)",
    fix: "select * from posts where author_id = any ($1);",
  },
  "a join that is looked up": {
    sql: thrice("select p.title, u.name from posts p join users u on u.id = p.author_id where p.author_id = #"),
    at: "p.author_id = 1",
    fix: "select p.author_id, p.title, u.name from posts p join users u on u.id = p.author_id where p.author_id = any ($1);",
  },
};

test.each(Object.entries(bad))("it finds %s", async (_, { sql, at, fix, says }) => {
  const [finding, ...others] = await findingsIn(sql);
  expect(others).toEqual([]);
  expect({ at: finding?.at, fix: finding?.fix }).toEqual({ at, fix });
  if (says) expect(finding?.message).toEqual(says);
  expect(await findingsIn(finding?.fix ?? "")).toEqual([]);
});

test.each(Object.entries(bad))("the one query returns the rows of all: %s", async (_, { sql, fix = "" }) => {
  const lookups = (await parseWithPlaceholders(sql)).filter(({ text }) => /where/.test(text));
  const wanted = lookups.map(({ text }) => Number(/\b(\d)\)?(?: |$)/.exec(text.slice(text.search(/id (?:=|in)/)))?.[1]));
  const rows = async (text: string, values: unknown[] = []) => (await database.query<Record<string, unknown>>(text, values)).rows;
  const separate = (await Promise.all(lookups.map(({ text }) => rows(text)))).flat();
  const together = await rows(fix, [wanted]);
  const names = Object.keys(separate[0] ?? {});
  const sorted = (all: readonly Record<string, unknown>[]) => all.map((row) => JSON.stringify(names.map((name) => row[name]))).sort();
  expect(sorted(together)).toEqual(sorted(separate));
  expect(separate.length).toBeGreaterThan(1);
});

const orms = {
  Prisma: {
    sql: `SELECT "public"."Post"."id", "public"."Post"."title" FROM "public"."Post" WHERE ("public"."Post"."authorId" = $1 AND 1=1) LIMIT $2 OFFSET $3`,
    says: "With Prisma that is `include` in the query that reads the parents, or `prisma.post.findMany({ where: { authorId: { in: keys } } })`.",
  },
  Drizzle: {
    sql: `select "id", "title" from "posts" where "posts"."author_id" = $1`,
    says: "With Drizzle that is `with` in the query that reads the parents, or `db.select().from(posts).where(inArray(posts.authorId, keys))`.",
  },
  "Drizzle, relational": {
    sql: `select "d0"."id" as "id", "d0"."name" as "name" from "users" as "d0" where "d0"."id" = $1 limit $2`,
    says: "With Drizzle that is `with` in the query that reads the parents, or `db.select().from(users).where(inArray(users.id, keys))`.",
  },
  Kysely: {
    sql: `select * from "posts" where "author_id" = $1`,
    says: 'With Kysely that is `jsonArrayFrom` in the query that reads the parents, or `db.selectFrom("posts").where("author_id", "in", keys)` (Knex: `whereIn`).',
  },
  "Kysely, by a key": {
    sql: `select "id", "name" from "users" where "id" = $1`,
    says: 'With Kysely that is `jsonObjectFrom` in the query that reads the parents, or `db.selectFrom("users").where("id", "in", keys)` (Knex: `whereIn`).',
  },
};

test.each(Object.entries(orms))("what %s wrote is put right with its own call", async (orm, { sql, says }) => {
  const [finding] = await findingsIn(`${sql};${sql};${sql}`);
  expect(finding?.message).toContain(says);
  expect(finding?.evidence).toEqual({ statements: 3, orm: orm.split(",")[0] });
  await database.exec(`explain (generic_plan) ${finding?.fix}`);
});

test("placeholders of other drivers are alike, and only one that differs is put into an array", async () => {
  const named = "select title from posts where author_id = :author";
  expect((await findingsIn(`${named};${named};${named}`)).map(({ at, fix }) => [at, fix])).toEqual([
    ["author_id = :author", "select author_id, title from posts where author_id = any ($1);"],
  ]);
  const [two] = await findingsIn(thrice("select title from posts where author_id = ? and likes = ?"));
  expect(two?.fix).toBeUndefined();
});

test("without a catalog it is found by its text, and the type of an array is not guessed", async () => {
  expect((await findingsIn(thrice("select title from posts where author_id = #"), [])).map(({ fix }) => fix)).toEqual([
    "select author_id, title from posts where author_id = any ($1);",
  ]);
  expect((await findingsIn(thrice("select count(*) from posts where author_id = #"), [])).map(({ fix }) => fix)).toEqual([undefined]);
});

test.each([
  ["two look-ups that nothing lists", "select name from users where id = 1; select name from users where id = 2"],
  ["the same statement again", thrice("select name from users where id = 7")],
  ["ranges", thrice("select count(*) from posts where likes > #")],
  ["a value that is the same while another differs", thrice("select * from posts where author_id = 7 and likes > #")],
  ["pages of one list", thrice("select * from posts where author_id = 7 order by id limit 10 offset #")],
  [
    "different columns",
    "select id from posts where author_id = 1; select title from posts where author_id = 2; select likes from posts where author_id = 3",
  ],
  ["batches", thrice("select * from posts where author_id = any (array[#, 7])")],
  ["lists of several values", thrice("select * from posts where author_id in (#, 7)")],
  ["writes", thrice("update posts set likes = likes + 1 where id = #")],
  ["rows that are locked", thrice("select * from posts where id = # for update")],
  ["statements without a relation", thrice("select # = 1")],
  ["unions", thrice("select 1 from posts where id = # union all select 2 from posts where id = 9")],
  ["what is only explained", thrice("explain select name from users where id = #")],
  ["one of several values, by OR", thrice("select * from posts where author_id = # or likes = 9")],
  ["what a subquery looks up", thrice("select (select name from users where id = #)")],
])("it is silent on %s", async (_, sql) => {
  expect(await findingsIn(sql)).toEqual([]);
});
