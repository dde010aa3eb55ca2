import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { knowledgeIn } from "../../src/knowledge.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";

const { fences } = await knowledgeIn(new URL("../../knowledge/", import.meta.url)).section("case-studies#cs-deadlock");
const setup = fences.find(({ info }) => info.setup)?.text ?? "";
const [deadlocking = "", ordered = ""] = fences.filter(({ language, info }) => language === "sql" && !info.setup).map(({ text }) => text);
const log = fences.find(({ language }) => language === "log")?.text ?? "";

const { url } = await freshDatabase(18, setup);
const sessions = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
for (const session of sessions) await session.connect();
afterAll(async () => {
  for (const session of sessions) await session.end();
});

/** The transfer in the other direction. */
const reversed = (sql: string) => sql.replaceAll(/id = [37]/g, (place) => (place === "id = 3" ? "id = 7" : "id = 3"));

/** Both at once: the first two statements of each before the rest of either. The SQLSTATE of each, undefined where it went through. */
async function together(sql: string): Promise<readonly (pg.DatabaseError | undefined)[]> {
  const scripts = await Promise.all([sql, reversed(sql)].map(async (script) => (await parseStatements(script)).map(({ text }) => text)));
  const started = sessions.map((session, side) => run(session, scripts[side]?.slice(0, 2) ?? []));
  const isOrdered = sql.includes("order by");
  if (!isOrdered) await Promise.all(started);
  return Promise.all(
    sessions.map(async (session, side) => {
      const failed = (await started[side]) ?? (await run(session, scripts[side]?.slice(2) ?? []));
      if (failed) await session.query("rollback");
      return failed;
    }),
  );
}

async function run(session: pg.Client, statements: readonly string[]): Promise<pg.DatabaseError | undefined> {
  try {
    for (const statement of statements) await session.query(statement);
    return undefined;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return error;
    throw error;
  }
}

test("the two transfers of cs-deadlock end one another, with the words of the log that the case shows", async () => {
  const errors = (await together(deadlocking)).filter((error) => error !== undefined);
  expect(errors.map(({ code }) => code)).toEqual(["40P01"]);
  const form = (text: string) => text.replaceAll(/\d+/g, "n").replaceAll(/\s+/g, " ");
  for (const said of [errors[0]?.message, errors[0]?.detail, errors[0]?.hint, errors[0]?.where])
    expect(form(log)).toContain(form(said ?? "?"));
});

test("with the rows locked in the order of their key both go through, many times over", async () => {
  for (let round = 0; round < 20; round++) expect(await together(ordered)).toEqual([undefined, undefined]);
  const { rows } = (await sessions[0]?.query<{ sum: string }>("select sum(balance) from accounts")) ?? { rows: [] };
  expect(rows).toEqual([{ sum: "2000" }]);
});
