import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connect, connectKept, spawnServerV1, textOf } from "./client.ts";
import { readerOf } from "./reader.ts";

let shop = "";
let staging = "";
let both: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  shop = (await freshDatabase(18, "create table orders (id int primary key, note text)")).url;
  staging = (await freshDatabase(15, "create table carts (id int primary key, note text)")).url;
  both = { DATABASE_URL: shop, DATABASE_URL_STAGING: staging, DATABASE_URL_ARCHIVE: staging };
});

const inputs = async (environment: Readonly<Record<string, string>>) => {
  const { tools } = await (await connectKept({ environment })).listTools();
  return new Map(tools.map(({ name, inputSchema }) => [name, (inputSchema.properties ?? {}) as Readonly<Record<string, object>>]));
};

test("with several databases every tool that asks one takes its name; with one, none does", async () => {
  for (const [name, properties] of await inputs(both)) {
    if (name === "search_docs") expect(properties).not.toHaveProperty("database");
    else expect(properties.database, name).toMatchObject({ enum: ["archive", "staging"] });
  }
  for (const [, properties] of await inputs({ DATABASE_URL: shop })) expect(properties).not.toHaveProperty("database");
});

test.each([
  ["where none is named, the usual one", {}, /^18\./, "orders"],
  ["the one that is named", { database: "staging" }, /^15\./, "carts"],
])("a question is about %s", async (_, which, version, table) => {
  const client = await connectKept({ environment: both });
  const answer = await client.callTool({ name: "inspect_schema", arguments: which });
  expect(answer.structuredContent).toMatchObject({
    basis: { source: "live", server_version: expect.stringMatching(version) },
    tables: [expect.objectContaining({ name: expect.stringContaining(table) })],
  });
});

test("each is planned with what it has itself", async () => {
  const client = await connectKept({ environment: both });
  const ask = (sql: string, which: object) => client.callTool({ name: "analyze_query", arguments: { sql, ...which } });
  const sql = "select id from carts where id = 7";
  expect((await ask(sql, { database: "staging" })).structuredContent).toMatchObject({
    basis: { source: "live", server_version: expect.stringMatching(/^15\./) },
  });
  const elsewhere = await ask(sql, {});
  expect(elsewhere.isError).toBe(true);
  expect(textOf(elsewhere)).toContain("unknown_relation");
});

test("questions about two databases at once do not mix", async () => {
  const items = "create table items (id int, note text); insert into items select i, 'n' || i from generate_series(1, 5000) i;";
  const plain = (await freshDatabase(18, `${items} analyze items;`)).url;
  const indexed = (await freshDatabase(18, `${items} create index items_note_idx on items (note); analyze items;`)).url;
  const client = await connect({ environment: { DATABASE_URL: plain, DATABASE_URL_INDEXED: indexed } });
  const ask = async (which: object) => {
    const { structuredContent } = await client.callTool({
      name: "analyze_query",
      arguments: { sql: "select id from items where note = 'n7'", ...which },
    });
    return JSON.stringify((structuredContent as { plan: unknown }).plan).includes("items_note_idx");
  };
  const asked = Array.from({ length: 8 }, (_, turn) => (turn % 2 === 0 ? {} : { database: "indexed" }));
  expect(await Promise.all(asked.map(ask))).toEqual(asked.map((which) => "database" in which));
});

test("a client of SDK v1 on the program is understood as well", async () => {
  const client = await spawnServerV1({ environment: both });
  const answer = await client.callTool({ name: "check_health", arguments: { database: "staging", checks: ["versions"] } });
  expect(answer.structuredContent).toMatchObject({ basis: { server_version: expect.stringMatching(/^15\./) } });
});

test("a name that there is not is refused with those that there are", async () => {
  const client = await connectKept({ environment: both });
  const answer = await client.callTool({ name: "inspect_schema", arguments: { database: "production" } });
  expect(answer.isError).toBe(true);
  expect(textOf(answer)).toMatch(/archive.*staging/);
});

test("where no database is the usual one, a call says which it is about, or brings the schema", async () => {
  const client = await connect({ environment: { DATABASE_URL_STAGING: staging, DATABASE_URL_ARCHIVE: staging } });
  const unsaid = await client.callTool({ name: "inspect_schema", arguments: {} });
  expect(textOf(unsaid)).toBe(
    "no_database: Say which database this is about: pass database, one of archive, staging, or the schema as schema_sql.",
  );
  const said = await client.callTool({ name: "inspect_schema", arguments: { database: "archive" } });
  expect(said.structuredContent).toMatchObject({ basis: { source: "live" } });
  const brought = await client.callTool({ name: "inspect_schema", arguments: { schema_sql: "create table t (id int)" } });
  expect(brought.structuredContent).toMatchObject({ basis: { source: "schema_sql" } });
  expect((await client.callTool({ name: "search_docs", arguments: { query: "vacuum" } })).isError).toBeFalsy();
});

test("a database and a schema together are one too many", async () => {
  const client = await connectKept({ environment: both });
  const answer = await client.callTool({
    name: "review_schema",
    arguments: { database: "staging", schema_sql: "create table t (id int)" },
  });
  expect(textOf(answer)).toBe("invalid_argument: Pass either database or schema_sql: one is used in the place of the other.");
});

test("--access opens the usual one alone: what is named is planned by the twin", async () => {
  const client = await connect({ environment: { ...both, DATABASE_URL: await readerOf(shop) }, args: ["--access", "analyze"] });
  const ask = (sql: string, which: object) =>
    client
      .callTool({ name: "analyze_query", arguments: { sql, analyze: true, ...which } })
      .then(({ structuredContent }) => structuredContent);
  const usual = (await ask("select id from orders where id = 7", {})) as { basis: { planner?: string }; limits: readonly string[] };
  const named = (await ask("select id from carts where id = 7", { database: "staging" })) as typeof usual;
  expect(usual.limits.join()).not.toContain("nothing was run");
  expect(named.limits).toContain("nothing was run: analyze needs the database of DATABASE_URL and a server started with --access analyze");
  expect(named.basis.planner).toContain("a twin");
});
