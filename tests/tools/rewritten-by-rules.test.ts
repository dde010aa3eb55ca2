import { expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connect, connectOnce, textOf } from "./client.ts";

/** CREATE RULE, with which writes were sent to partitions before version 10. */
const schema_sql = `
  create table readings (id bigint primary key, at timestamptz not null, value float8);
  create table readings_log (id bigint, at timestamptz not null default now());
  create table discarded (id bigint);
  create rule logged as on insert to readings do also insert into readings_log (id) values (new.id);
  create rule dropped as on insert to discarded do instead nothing;
  -- rows: readings 500000, readings_log 500000, discarded 1000`;

const [two, none, plain] = [
  "insert into readings values (1, now(), 2)",
  "insert into discarded values (1)",
  "select value from readings where at > now() - interval '1 hour'",
];

test("a write of which rules make other statements is judged without a plan, and told why", async () => {
  const client = await connectOnce(undefined);
  const { structuredContent, isError } = await client.callTool({
    name: "analyze_query",
    arguments: { sql: `${two}; ${none}; ${plain}`, schema_sql },
  });
  expect(isError).toBeUndefined();
  expect(structuredContent).toMatchObject({
    statements: [{ sql: two }, { sql: none }, { sql: plain, plan: expect.anything() }],
    limits: expect.arrayContaining([
      expect.stringContaining("rules of its table make 2 statements of it, so it has no plan of its own"),
      expect.stringContaining("rules of its table make nothing of it, so it has no plan of its own"),
    ]),
  });
});

test("indexes are still found for the other statements of a workload", async () => {
  const client = await connectOnce(undefined);
  const queries = [two, none, plain].map((sql) => ({ sql }));
  const answer = await client.callTool({ name: "suggest_indexes", arguments: { queries, schema_sql } });
  expect(textOf(answer)).toMatch(/on public\.readings \(at\)|on readings \(at\)/);
});

test("a server that may be asked for its plan has none either", async () => {
  const { url } = await freshDatabase(18, schema_sql);
  const client = await connect({ environment: { DATABASE_URL: url, BACKEND_DB_MCP_ACCESS: "explain" } });
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql: two } });
  expect(answer.isError).toBeUndefined();
  expect(textOf(answer)).toContain("rules of its table make 2 statements of it");
});
