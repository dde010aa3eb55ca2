import { beforeAll, expect, test } from "vitest";
import { readTables, type Table } from "../../src/catalog/tables.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import type { Counted } from "../../src/workload/counted.ts";
import { suspectsIn } from "../../src/workload/n-plus-one.ts";
import { empty, sharedEmbedded } from "../postgres/embedded.ts";

const database = await sharedEmbedded();
let tables: readonly Table[] = [];

beforeAll(async () => {
  await empty(database);
  await database.exec(`
    create table users (id bigint primary key, email text not null unique, name text not null);
    create table posts (id bigint primary key, author_id bigint not null references users, title text not null);
    create table "Comment" (id bigint primary key, "postId" bigint not null references posts, body text not null);
    create table settings (key text primary key, value text);`);
  const read = async <Row>(sql: string, values: readonly unknown[] = []) => (await database.query<Row>(sql, [...values])).rows;
  const relations = await read<{ oid: number }>("select oid from pg_class where relnamespace = 'public'::regnamespace");
  tables = await readTables(
    { read },
    relations.map(({ oid }) => oid),
  );
});

interface Sent {
  readonly sql: string;
  readonly calls: number;
  readonly rows: number;
  readonly topLevel?: boolean;
}

/** Each suspect as "statement: table.column (list)". */
async function suspects(sent: readonly Sent[]) {
  const counted: Counted[] = [];
  for (const { sql, calls, rows, topLevel = true } of sent) {
    const [statement] = await parseStatements(sql);
    if (!statement) throw new Error(sql);
    const times = { totalTime: calls, meanTime: 1, minTime: 1, maxTime: 1, stddevTime: 0 };
    const blocks = { sharedHit: calls, sharedRead: 0, tempRead: 0, tempWritten: 0, walBytes: 0, readTime: 0 };
    counted.push({ calls, rows, ...times, ...blocks, topLevel, number: counted.length + 1, text: sql, statement });
  }
  return suspectsIn(counted, ({ schema = "public", name }) => tables.find((table) => table.name === name && table.schema === schema));
}

const told = async (sent: readonly Sent[]) =>
  (await suspects(sent)).map(
    ({ statement, table, column, list }) => `#${statement.number}: ${table} by ${column} ${list ? `for #${list.number}` : "alone"}`,
  );

const posts: Sent = { sql: "select id, title, author_id from posts order by id desc limit $1", calls: 100, rows: 2_000 };
const author: Sent = { sql: "select name from users where id = $1", calls: 2_000, rows: 2_000 };

test("a lookup by key that is sent once for each row of a list is a suspect", async () => {
  expect(await told([posts, author])).toEqual(["#2: users by id for #1"]);
  expect(
    await told([
      { sql: "select id, name from users limit $1", calls: 50, rows: 500 },
      { ...author, sql: "select title from posts where author_id = $1", calls: 500, rows: 1_500 },
    ]),
  ).toEqual(["#2: posts by author_id for #1"]);
});

test("a lookup that is most of all calls is one without a list too", async () => {
  expect(await told([author])).toEqual(["#1: users by id alone"]);
});

test.each([
  ["a lookup by what is no key", { ...author, sql: "select id from users where name = $1" }],
  ["a lookup that few send", { ...author, calls: 60, rows: 60 }],
  ["a statement that returns many rows itself", { ...author, sql: "select title from posts where author_id = $1", rows: 90_000 }],
  ["one that runs within a function", { ...author, topLevel: false }],
  ["one that changes rows", { ...author, sql: "update users set name = $2 where id = $1" }],
  ["one that reads all keys at once", { ...author, sql: "select name from users where id = any ($1)" }],
])("%s is none", async (_, sent) => {
  expect(await told([posts, sent])).toEqual([]);
});

test.each([
  [
    "Prisma",
    'SELECT "public"."Comment"."id", "public"."Comment"."body" FROM "public"."Comment" WHERE "public"."Comment"."postId" = $1',
    /`include`.*findMany/,
  ],
  ["Drizzle", 'select "id", "body" from "Comment" where "Comment"."postId" = $1', /With Drizzle that is `with`/],
  ["Kysely", 'select "id", "body" from "Comment" where "postId" = $1', /jsonArrayFrom/],
])("of %s the suspect tells how it asks once for all", async (orm, sql, instead) => {
  expect(await suspects([posts, { sql, calls: 2_000, rows: 4_000 }])).toMatchObject([
    { orm, column: "postId", instead: expect.stringMatching(instead) },
  ]);
});
