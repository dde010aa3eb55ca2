import { expect, test } from "vitest";
import rule from "../../../src/rules/query/like-prefix-non-c-collation.ts";
import { testRule } from "../rule-test.ts";

/** The database of these tests sorts by bytes; "unicode" is a collation that does not, as that of most databases. */
const database = testRule(rule, {
  setup: `
    create extension pg_trgm;
    create table users (
      id bigint primary key, email text collate "unicode", name varchar(80) collate "unicode", code char(8) collate "unicode",
      slug text, tag text collate "C", "Nick" text collate "unicode", bio text collate "unicode", tenant_id bigint, data jsonb);
    create index users_email_idx on users (email);
    create index on users (name);
    create index on users (code);
    create index on users (slug);
    create index on users (tag);
    create index on users (tenant_id);
    create index users_lower_idx on users (lower("Nick"));
    create table served (
      id bigint primary key, pattern text collate "unicode", own text collate "unicode", gin text collate "unicode", radix text collate "unicode",
      lowered text collate "unicode", twice text collate "unicode");
    create index on served (pattern text_pattern_ops);
    create index on served (own collate "C");
    create index on served using gin (gin gin_trgm_ops);
    create index on served using spgist (radix);
    create index on served (lower(lowered) text_pattern_ops);
    create index on served (twice);
    create index on served (id, twice text_pattern_ops);
    create table colours (name text collate "unicode");
    create index on colours (name)`,
  rows: { users: 2_000_000, colours: 12, served: 50_000 },
  bad: [
    {
      sql: "select id from users where email like 'bob%'",
      at: "email like 'bob%'",
      object: "users.email",
      severity: "warning",
      message:
        "users_email_idx is sorted by the rules of a language and not by characters, so it cannot find what starts with a text, and Postgres compares every row of users (about 2,000,000 rows).",
      fix: "create index concurrently users_email_pattern_idx on users (email text_pattern_ops);",
    },
    {
      sql: "select u.id from users as u where u.name like 'Bob %'",
      at: "u.name like 'Bob %'",
      fix: "create index concurrently users_name_pattern_idx on users (name varchar_pattern_ops);",
    },
    {
      sql: "select id from users where code like 'A1%'",
      fix: "create index concurrently users_code_pattern_idx on users (code bpchar_pattern_ops);",
    },
    {
      sql: `select id from users where lower("Nick") like 'bo_'`,
      object: "users.Nick",
      fix: `create index concurrently "users_lower_Nick_pattern_idx" on users (lower("Nick") text_pattern_ops);`,
    },
    {
      sql: "select id from users where bio like 'Born%'",
      severity: "info",
      message:
        "No index on users.bio finds what starts with a text; it would need text_pattern_ops, and Postgres compares every row of users (about 2,000,000 rows).",
      fix: "create index concurrently users_bio_pattern_idx on users (bio text_pattern_ops);",
    },
    { sql: "select id from users where email like $1 || '%'", at: "email like $1 || '%'" },
    { sql: "select id from users where email like 'a' || $1 || '%'", at: "email like 'a' || $1 || '%'" },
    { sql: "select id from users where email ~~ 'x%'" },
    { sql: "select id from users where email like '100\\%%'" },
    { sql: "select id from users where email like 'a%' or email like 'b%'", at: "email like 'a%'" },
    {
      sql: "select id from served where twice like 'a%'",
      fix: "create index concurrently served_twice_pattern_idx on served (twice text_pattern_ops);",
    },
    { sql: "update users set bio = '' where email like 'x%'" },
  ],
  good: [
    "select id from users where slug like 'a%'",
    "select id from users where tag like 'a%'",
    "select id from users where email like 'bob'",
    "select id from users where email like '%bob'",
    "select id from users where email like '_ob%'",
    "select id from users where email like $1",
    "select id from users where email ilike 'bob%'",
    "select id from users where email not like 'bob%'",
    "select id from users where email like slug || '%'",
    "select id from users where id = 5 and email like 'bob%'",
    "select id from users where tenant_id = $1 and email like 'bob%'",
    "select id from users where lower(email) like 'bob%'",
    "select id from users where data ->> 'x' like 'bob%'",
    "select id from served where pattern like 'a%'",
    "select id from served where own like 'a%'",
    "select id from served where gin like 'abc%'",
    "select id from served where radix like 'a%'",
    "select id from served where lower(lowered) like 'a%'",
    "select name from colours where name like 'r%'",
    "select email like 'x%' from users",
  ],
  unknown: { bad: [], good: ["select id from users where email like 'bob%'"] },
});

test("Postgres finds the start of a text by exactly those indexes that the rule takes for able", async () => {
  await database.exec("set enable_seqscan = off; create index on users (bio text_pattern_ops)");
  const conditionOf = async (query: string) => {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(`explain ${query}`);
    return rows.map((row) => row["QUERY PLAN"]).find((line) => /Index Cond/.test(line));
  };
  for (const column of ["pattern", "own", "radix"])
    expect(await conditionOf(`select from served where ${column} like 'abc%'`), column).toBeDefined();
  for (const column of ["slug", "tag", "bio"])
    expect(await conditionOf(`select from users where ${column} like 'abc%'`), column).toBeDefined();
  for (const column of ["email", "name", "code", 'lower("Nick")'])
    expect(await conditionOf(`select from users where ${column} like 'abc%'`), column).toBeUndefined();
  expect(await conditionOf("select from users where email like 'abc'")).toBeDefined();
});
