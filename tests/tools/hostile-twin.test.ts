import type { Client } from "@modelcontextprotocol/client";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connect, connectOnce, textOf } from "./client.ts";

const table = "create table orders (id int primary key, note text);";

async function isRight(client: Client): Promise<void> {
  const answer = await client.callTool({
    name: "analyze_query",
    arguments: { sql: "select note from orders where id = 1", schema_sql: table, row_counts: { orders: 1000 } },
  });
  expect(JSON.stringify(answer.structuredContent)).toContain("orders_pkey");
}

const looping = "create function f() returns int immutable language plpgsql as $$ begin return f(); end $$;";
const outgoing = "do $$ begin execute 'copy (select 1) to program ''true'''; end $$;";

/** What the two texts of a question may do beside being planned, and how each tool says that it did not. */
test.each([
  ["analyze_query", { sql: "select (repeat('[', 100000) || repeat(']', 100000))::json from orders", schema_sql: table }],
  ["analyze_query", { sql: "select f() from orders", schema_sql: table + looping }],
  [
    "suggest_indexes",
    { sql: "select f() from orders where note = 'x'", schema_sql: table + looping, row_counts: { orders: 9_007_199_254_740_991 } },
  ],
  ["review_schema", { schema_sql: `${table} do $$ begin delete from pg_catalog.pg_attribute; end $$;` }],
  ["inspect_schema", { schema_sql: `${table} do $$ begin perform set_config('role', 'pg_monitor', false); end $$;` }],
  ["migration_checklist", { sql: outgoing, schema_sql: table }],
  ["migration_checklist", { sql: "load '/tmp/x.so'; delete from pg_catalog.pg_class", schema_sql: table }],
])("%s answers, or says what to do, whatever its texts do to the twin", async (name, given) => {
  const client = await connect();
  const answer = await client.callTool({ name, arguments: given });
  expect(textOf(answer)).not.toContain("internal_error");
  await isRight(client);
});

const SECRET = "CELLSECRET-4711";
let url = "";
beforeAll(async () => {
  const people = `create table people (id int primary key, email text, age int); create statistics both_of on email, age from people;
    insert into people select i, '${SECRET}', 7 from generate_series(1, 500) i; analyze`;
  ({ url } = await freshDatabase(18, people));
});

const all = "(select string_agg(s::text, ' ') from pg_stats s where schemaname = 'public')";
const extended = "(select string_agg(s::text, ' ') from pg_stats_ext s)";

test.each([
  ["migration_checklist", `alter table people add note text; do $$ begin raise exception '%', ${all}; end $$`],
  ["migration_checklist", `alter table people add note text; do $$ begin raise exception '%', ${extended}; end $$`],
  [
    "migration_checklist",
    `alter table people add note text; create table copied as select * from pg_stats where schemaname = 'public'; alter table copied alter column attname type int using most_common_vals::text::int`,
  ],
  ["migration_checklist", "alter table people alter column email type int using email::int"],
  ["analyze_query", "select 1 from people where id = (table_to_xml('pg_stats'::regclass, true, false, '')::text)::int"],
  ["analyze_query", "select 1 from people where email::int = 1"],
])("%s tells no value of a row: %s", async (name, sql) => {
  const client = await connectOnce(url);
  const answer = await client.callTool({ name, arguments: { sql } });
  expect(textOf(answer)).not.toContain("internal_error");
  expect(JSON.stringify(answer).replaceAll(sql, "")).not.toContain(SECRET);
});
