import pg from "pg";
import { expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connect, textOf } from "./client.ts";

/** Three pages of 500, the last one not full. */
const tables = process.env.LONG === undefined ? 1_100 : 10_000;
/** Each table takes locks until its transaction ends. */
const AT_ONCE = 100;

async function madeIn(version: 15 | 18): Promise<string> {
  const { url } = await freshDatabase(version);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const columns = process.env.LONG === undefined ? "id int" : "id int primary key, a int, b text default 'x', c timestamptz, d numeric";
  for (let first = 1; first <= tables; first += AT_ONCE) {
    await client.query(`do $$ begin for n in ${first}..${first + AT_ONCE - 1} loop
      execute format('create table %I (${columns.replaceAll("'", "''")})', 't' || lpad(n::text, 5, '0')); end loop; end $$`);
  }
  await client.end();
  return url;
}

/** Both at full size. */
const versions = process.env.LONG === undefined ? ([18] as const) : ([15, 18] as const);

test.each(versions)(
  "all tables of a large schema on PostgreSQL %i are shown page by page, and reviewed",
  async (version) => {
    const client = await connect({ environment: { DATABASE_URL: await madeIn(version) } });
    const ask = async (name: string, question: Record<string, unknown>) => {
      const answer = await client.callTool({ name, arguments: question });
      expect(answer.isError, textOf(answer)).toBeFalsy();
      return { text: textOf(answer), content: answer.structuredContent as Record<string, unknown> };
    };
    const names: string[] = [];
    for (let question: Record<string, unknown> | undefined = { limit: 500 }; question !== undefined; ) {
      const { text, content } = await ask("inspect_schema", question);
      const page = (content.tables as readonly { name: string }[]).map(({ name }) => name);
      expect(text).toContain(
        `Examined: ${page.length} of ${tables} tables and views, ${names.length + 1} to ${names.length + page.length}.`,
      );
      names.push(...page);
      expect(content.truncated).toBe(names.length < tables);
      question = typeof content.next === "string" ? JSON.parse(content.next.replace("inspect_schema ", "")) : undefined;
    }
    expect(new Set(names).size).toBe(tables);

    const { text, content } = await ask("review_schema", {});
    expect(text).toContain(`Examined: ${tables.toLocaleString("en").replace(",", "")} tables`);
    expect(JSON.stringify(content).length).toBeLessThan(100_000);
    if (process.env.LONG === undefined)
      expect(content).toMatchObject({ truncated: true, limits: [`${tables - 50} of ${tables} findings, which are beyond limit`] });

    const planned = await ask("analyze_query", { sql: "select * from t00003 where id = 1" });
    expect(planned.content).toMatchObject({ examined: { tables: 1 } });
  },
  600_000,
);

/** 8 MB in the catalog for the columns of the one table, and 2 MB for the views. */
const huge = `do $$ begin
  execute (select format('create table wide (%s)', string_agg(format('c%s text default %L', n, repeat('x', 20000)), ', ')) from generate_series(1, 400) n);
  for n in 1..20 loop execute format('create view v%s as select %L as long', n, repeat('y', 100000)); end loop;
end $$; create table narrow (id int); analyze`;

test.each([15, 18] as const)(
  "whatever stands in the catalog of PostgreSQL %i, an answer stays small and says what it left out",
  async (version) => {
    const { url } = await freshDatabase(version, huge);
    const client = await connect({ environment: { DATABASE_URL: url } });
    const questions = [
      ["inspect_schema", { detail: "full", response_format: "detailed" }],
      ["inspect_schema", { detail: "full", response_format: "detailed", tables: ["wide"] }],
      ["review_schema", { response_format: "detailed", limit: 1000 }],
      ["analyze_query", { sql: "select * from narrow", response_format: "detailed" }],
    ] as const;
    for (const [name, question] of questions) {
      const answer = await client.callTool({ name, arguments: question });
      expect(answer.isError, textOf(answer)).toBeFalsy();
      expect(JSON.stringify(answer).length, name).toBeLessThan(100_000);
      expect(textOf(answer), name).not.toContain("x".repeat(100));
      if (name === "inspect_schema") expect(textOf(answer)).toMatch(/… and 200 more columns|Next: inspect_schema/);
    }
  },
);
