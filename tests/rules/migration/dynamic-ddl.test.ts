import rule from "../../../src/rules/migration/dynamic-ddl.ts";
import { testMigrationRule } from "../migration-test.ts";

const block = (body: string) => `do $$ declare name text := 'orders'; begin ${body} end $$`;
const maker = (body: string) => `create function make() returns void language plpgsql as $$ begin ${body} end $$`;

testMigrationRule(rule, {
  bad: [
    {
      sql: block("execute format('alter table %I add column note text', name);"),
      at: "format('alter table %I add column note text', name)",
      severity: "info",
      message:
        "The text of this EXECUTE (alter table …) is put together only when it runs, so what it locks, rewrites or drops was not judged.",
      fix: null,
    },
    { sql: block("execute 'drop index ' || quote_ident(name);"), at: "'drop index ' || quote_ident(name)" },
    {
      sql: block("execute name;"),
      message: "The text of this EXECUTE is put together only when it runs, so what it locks, rewrites or drops was not judged.",
    },
    block("for name in select relname from pg_class loop execute 'truncate ' || name; end loop;"),
    { sql: maker("execute format('create table %I (id int)', current_user);"), severity: "info" },
    { sql: "do language plpython3u $$ plpy.execute('x') $$", at: "$$ plpy.execute('x') $$" },
  ],
  good: [
    block("execute 'alter table orders add column note text';"),
    block("execute 'alter table orders ' || 'add column note text';"),
    block("alter table orders add column note text;"),
    block("execute format('select count(*) from %I', name);"),
    block("execute 'update ' || name || ' set note = 1';"),
    block("execute format('grant select on %I to reader', name);"),
    maker("execute format('select count(*) from %I', current_user);"),
    maker("execute current_query();"),
    "create function one() returns int language sql as 'select 1'",
    "create function one() returns int language sql return 1",
    "alter table orders add column note text",
  ],
  rehearsed: {
    setup: "create table orders (id bigint primary key)",
    bad: [
      {
        sql: block("execute format('alter table %I add column note text', name);"),
        message:
          "The text of this EXECUTE (alter table …) is put together only when it runs, so only what it did in the twin, which has no rows, was judged.",
      },
    ],
    good: [block("execute 'alter table orders add column note text';")],
  },
});
