import { expect, test } from "vitest";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connect, textOf } from "./client.ts";

/** What the caller reads when the answer is an error. */
async function errorOf(environment: Readonly<Record<string, string>>, question: Readonly<Record<string, unknown>>): Promise<string> {
  const client = await connect({ environment });
  const answer = await client.callTool({ name: "analyze_query", arguments: question });
  expect(answer.isError).toBe(true);
  return textOf(answer);
}

const table = "create table orders (id bigint primary key, note text)";

test("a database that is not there", async () => {
  expect(
    await errorOf({ DATABASE_URL: "postgres://reader:secret@127.0.0.1:1/shop" }, { sql: "select 1 from orders" }),
  ).toMatchInlineSnapshot(
    `"connection_failed: Nothing listens at 127.0.0.1:1 (ECONNREFUSED). Check host and port, and that Postgres runs and takes connections there."`,
  );
});

test.each([15, 18] as const)("a wrong password on PostgreSQL %s is said without the password", async (version) => {
  const url = new URL(cluster(version).url());
  url.password = "not-the-password";
  const error = await errorOf({ DATABASE_URL: url.href }, { sql: "select 1 from orders" });
  expect(error).toMatch(/^connection_failed: .*postgres/);
  expect(error).not.toContain("not-the-password");
});

test("a connection string that is none", async () => {
  expect(await errorOf({ DATABASE_URL: "localhost/shop" }, { sql: "select 1" })).toMatchInlineSnapshot(
    `"connection_failed: DATABASE_URL is not a URL of Postgres. Write postgres://user:password@host:5432/database, with special characters percent-encoded: @ as %40, / as %2F, ? as %3F, # as %23, % as %25."`,
  );
});

test.each([15, 18] as const)("an unknown table on PostgreSQL %s, with the name that was meant", async (version) => {
  const { url } = await freshDatabase(version, `${table}; create schema archive; create table archive.invoices (id int)`);
  const environment = { DATABASE_URL: url };
  expect(await errorOf(environment, { sql: "select id\n  from ordrs" })).toContain(
    "no relation ordrs in the search path (public) (line 2, column 8). Perhaps you mean orders.",
  );
  expect(await errorOf(environment, { sql: "select id from invoices" })).toContain("It is in another schema: write archive.invoices.");
});

test("an unknown column, with Postgres's own words and the place", async () => {
  expect(await errorOf({}, { sql: "select id\nfrom orders\nwhere notes = 'é' and id = 1", schema_sql: table })).toMatchInlineSnapshot(
    `"not_plannable: Postgres refuses this statement: column "notes" does not exist (line 3, column 7). Perhaps you meant to reference the column "orders.note". Correct it and ask again."`,
  );
});

test("a syntax error, with the line itself", async () => {
  expect(await errorOf({}, { sql: "select id\nform orders" })).toMatchInlineSnapshot(`
    "sql_syntax: syntax error at or near "orders" (sql, line 2, column 6)
    form orders
         ^"
  `);
});

test("a text with nothing in it", async () => {
  expect(await errorOf({}, { sql: "  -- later\n" })).toMatchInlineSnapshot(
    `"invalid_argument: sql has no statement in it. Pass one SELECT, INSERT, UPDATE, DELETE or MERGE."`,
  );
  expect(await errorOf({}, { sql: "" })).toMatchInlineSnapshot(
    `"invalid_argument: sql has no statement in it. Pass one SELECT, INSERT, UPDATE, DELETE or MERGE."`,
  );
});

test("a text of 1 MB", async () => {
  expect(await errorOf({}, { sql: `select '${"x".repeat(1_000_000)}'` })).toMatchInlineSnapshot(
    `"too_large: sql has 1000009 bytes; at most 100000 are read. Send only the statements in question."`,
  );
});

test("an EXPLAIN ANALYZE, and a statement that no plan belongs to", async () => {
  expect(await errorOf({}, { sql: "explain analyze select 1" })).toMatchInlineSnapshot(
    `"refused: sql starts with EXPLAIN ANALYZE, and what sql says is never run. Pass the statement alone, with \`analyze: true\` to have it run."`,
  );
  expect(await errorOf({}, { sql: "create table t (id int)" })).toMatchInlineSnapshot(
    `"invalid_argument: analyze_query reads SELECT, INSERT, UPDATE, DELETE and MERGE. This statement is of another kind, and no query plan belongs to it."`,
  );
});

test("a schema with a syntax error is told apart from the query", async () => {
  expect(await errorOf({}, { sql: "select 1 from orders", schema_sql: "create tabel orders (id int)" })).toMatchInlineSnapshot(`
    "sql_syntax: syntax error at or near "tabel" (schema_sql, line 1, column 8)
    create tabel orders (id int)
           ^"
  `);
});

test("row counts without a schema, and for a table it does not have", async () => {
  expect(
    await errorOf({ DATABASE_URL: "postgres://127.0.0.1:1/shop" }, { sql: "select 1 from orders", row_counts: { orders: 5 } }),
  ).toMatchInlineSnapshot(
    `"invalid_argument: row_counts goes with schema_sql: a live database knows its own sizes. Pass the DDL too, or leave row_counts out."`,
  );
  expect(await errorOf({}, { sql: "select 1 from orders", schema_sql: table, row_counts: { orderz: 5 } })).toMatchInlineSnapshot(
    `"unknown_relation: row_counts names orderz, which schema_sql does not create. Use the table's name, with its schema if it is not public. Perhaps you mean orders."`,
  );
});

test("a plan that is none", async () => {
  expect(await errorOf({}, { sql: "select 1", plan: "Seq Scan on orders" })).toMatchInlineSnapshot(
    `"invalid_argument: This plan has no costs or rows; COSTS must stay on. Pass all of the output of \`explain (format json) <statement>\`, or of \`explain (analyze, buffers, settings, format json) <statement>\` where running it is fine. The text format and log lines of auto_explain are read too, with costs and with their indentation."`,
  );
});

test("an argument that does not exist is named, and nothing is run without it", async () => {
  const client = await connect();
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql: "select 1", shema_sql: table } });
  expect(answer.isError).toBe(true);
  expect(textOf(answer)).toContain("shema_sql");
});

test("a plan-time bomb ends in a sentence, and the next question is answered", async () => {
  const client = await connect();
  const bomb = `select ${Array.from({ length: 12 }, (_, letter) => `length(repeat(chr(${65 + letter}), 250000000))`).join(" + ")} from orders`;
  const boom = await client.callTool({ name: "analyze_query", arguments: { sql: bomb, schema_sql: table } });
  expect(textOf(boom)).toMatch(/out of memory|longer than/);
  const next = await client.callTool({
    name: "analyze_query",
    arguments: { sql: "select note from orders where id = 1", schema_sql: table, row_counts: { orders: 1000 } },
  });
  expect(next.structuredContent).toMatchObject({ plan: { tree: expect.stringContaining("Index Scan using orders_pkey") } });
}, 60_000);
