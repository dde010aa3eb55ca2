import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/function-replace-dependency.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

const slug = (body: string, rest = "") =>
  `create or replace function slug(t text) returns text language sql immutable${rest} as $$ ${body} $$`;

const setup = `
create function slug(t text) returns text language sql immutable as $$ select lower(t) $$;
create function slug(t int) returns int language sql immutable as $$ select t $$;
create function positive(n int) returns boolean language plpgsql immutable as $$ begin return n > 0; end $$;
create function unused(n int) returns int language sql immutable as $$ select n $$;
create table pages (id int, title text, short text generated always as (slug(title)) stored);
create table posts (id int, title text, n int check (positive(n)));
create index posts_slug_idx on posts (slug(title));
create view slugs as select slug(title) from posts;`;

testMigrationRule(rule, {
  bad: [],
  good: ["create or replace function slug(t text) returns text language sql immutable as 'select upper(t)'"],
  rehearsed: {
    setup,
    bad: [
      {
        sql: slug("select upper(t)"),
        severity: "error",
        object: "public.slug(text)",
        message:
          "public.slug(text) is replaced, and Postgres does not compute again what it computed before: generated column short of pages, index posts_slug_idx of posts go by the old results, and queries may miss rows.",
        fix: null,
      },
      slug("select lower(t)", " strict"),
      "create or replace function slug(t text) returns text language sql volatile as $$ select lower(t) $$",
      {
        sql: "create or replace function positive(n int) returns boolean language plpgsql immutable as $$ begin return n > 1; end $$",
        message:
          "public.positive(integer) is replaced, and Postgres does not compute again what it computed before: check posts_n_check of posts goes by the old results, and queries may miss rows.",
      },
    ],
    good: [
      slug("select lower(t)"),
      slug("select lower(t)", " parallel safe"),
      "create or replace function unused(n int) returns int language sql immutable as $$ select n + 1 $$",
      "create or replace function slug(t int) returns int language sql immutable as $$ select t + 1 $$",
      "create function slug(t text, n int) returns text language sql immutable as $$ select t $$",
      `drop index posts_slug_idx; alter table pages drop column short; ${slug("select upper(t)")}`,
      `${slug("select upper(t)")}; reindex index concurrently posts_slug_idx; alter table pages drop column short`,
      "create or replace function app_slug(t text) returns text language sql immutable as $$ select t $$",
    ],
  },
});

test("an index on a function that was replaced misses rows until it is built again", async () => {
  const database = await sharedEmbedded();
  await database.exec(
    `${setup} insert into posts select i, 'Title ' || i, 1 from generate_series(1, 1000) i; analyze posts; ${slug("select upper(t)")};`,
  );
  const count = async () => (await database.query("select count(*)::int as n from posts where slug(title) = 'TITLE 7'")).rows;
  await database.exec("set enable_seqscan = off");
  expect(await count()).toEqual([{ n: 0 }]);
  await database.exec("reindex index posts_slug_idx");
  expect(await count()).toEqual([{ n: 1 }]);
});
