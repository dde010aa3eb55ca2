import { afterAll } from "vitest";
import { type Catalog, readCatalog, readDirectory } from "../../../src/catalog/catalog.ts";
import type { Table } from "../../../src/catalog/tables.ts";
import { askedByPlan } from "../../../src/indexes/asked-by-plan.ts";
import { askedByText } from "../../../src/indexes/asked-by-text.ts";
import { type Candidate, shapeOf } from "../../../src/indexes/candidate.ts";
import { candidatesFor } from "../../../src/indexes/candidates.ts";
import { readFacts } from "../../../src/indexes/column-facts.ts";
import { rootOf } from "../../../src/indexes/script.ts";
import { type Wish, wishesOf } from "../../../src/indexes/wishes.ts";
import { parsePlan } from "../../../src/plan/plan.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { readQuery } from "../../../src/sql/query.ts";
import { placeholdersOf } from "../../../src/sql/relations.ts";
import { constantsOf } from "../../../src/sql/written-constants.ts";
import type { Session } from "../../../src/twin/twin.ts";
import { startTwin } from "../../twin/twin.ts";

/** All candidates for one statement. */
export const candidatesIn = (session: Session, catalog: Catalog, sql: string) => candidatesForAll(session, catalog, [sql]);

async function candidatesForAll(session: Session, catalog: Catalog, statements: readonly string[]): Promise<readonly Candidate[]> {
  const wishes = [];
  for (const sql of statements) wishes.push(...(await wishesIn(session, catalog, sql)));
  return candidatesFor(wishes, await readFacts(session, catalog.tables, catalog.tables)).map(({ candidate }) => candidate);
}

async function wishesIn(session: Session, catalog: Catalog, sql: string): Promise<readonly Wish[]> {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error(`no statement: ${sql}`);
  const find = ({ name }: { readonly name: string }): Table | undefined => catalog.tables.find((table) => table.name === name);
  const root = (table: Table) => rootOf(table, catalog.tables);
  const inPlan = (named: { readonly name: string }) => {
    const table = find(named);
    return table && root(table);
  };
  const generic = placeholdersOf(statement).length > 0;
  const explained = await session.explain({ sql: statement.text, searchPath: ["public"], generic });
  if (explained.refused) throw new Error(`${sql}: ${explained.refused.message}`);
  const asked = [askedByPlan(parsePlan(explained.plan), inPlan, constantsOf(statement)), ...askedByText(readQuery(statement, find), root)];
  return asked.flatMap(wishesOf);
}

/** A twin that holds a schema and its rows until the tests end. `blocks`: what each table is told to take. */
export async function twinWith({
  extensions,
  schema,
  blocks,
}: {
  readonly extensions: readonly string[];
  readonly schema: readonly string[];
  readonly blocks?: number;
}) {
  const twin = startTwin();
  const { session, catalog } = await new Promise<{ session: Session; catalog: Catalog }>((resolve, reject) => {
    const ended = new Promise<void>((end) => afterAll(() => end()));
    twin
      .use({ sortsByBytes: true, extensions }, async (opened) => {
        const outcomes = await opened.run(["set local search_path = public", ...schema, "set local search_path = pg_catalog"]);
        const refused = outcomes.flatMap((outcome) => outcome.refused?.message ?? []);
        if (refused.length > 0) throw new Error(refused.join("\n"));
        resolve({ session: opened, catalog: await read(opened, blocks) });
        await ended;
      })
      .catch(reject);
  });
  const offered = (sql: string) => candidatesIn(session, catalog, sql);
  const offeredTogether = (statements: readonly string[]) => candidatesForAll(session, catalog, statements);
  return { session, catalog, offered, offeredTogether, shapes: shapesOf(offered) };
}

async function read(session: Session, blocks: number | undefined): Promise<Catalog> {
  const { settings, relations } = await readDirectory(session);
  const own = relations.filter(({ system }) => !system).map(({ oid }) => oid);
  const catalog = await readCatalog(session, { settings, relations: own, functions: [] });
  if (blocks === undefined) return catalog;
  return { ...catalog, tables: catalog.tables.map((table) => ({ ...table, size: { ...table.size, blocks } })) };
}

/** As CREATE INDEX has them behind the table, those of one method: "tags", "title public.gin_trgm_ops". */
const shapesOf = (offered: (sql: string) => Promise<readonly Candidate[]>) => async (method: string, sql: string) =>
  (await offered(sql))
    .filter((candidate) => candidate.method === method)
    .map((candidate) => shapeOf(candidate).replace(`using ${method} `, ""));
