import { afterAll } from "vitest";
import { readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import type { Table } from "../../src/catalog/tables.ts";
import type { Draft } from "../../src/rewrites/rewrite.ts";
import { checkRewrites, draftsOf, sameRows } from "../../src/rewrites/rewrites-for.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { type Query, readQuery } from "../../src/sql/query.ts";
import type { Session } from "../../src/twin/twin.ts";
import { startTwin } from "../twin/twin.ts";
import { type Dice, type MadeTable, madeRows, madeTables } from "./generated-schema.ts";

/** A made schema, and rows of many data sets that are the same for all statements: other ones than those that rewrites are checked on. */
export interface World {
  readonly made: readonly [MadeTable, ...MadeTable[]];
  readonly ddl: string;
  read(sql: string): Promise<Query<Table>>;
  drafts(query: Query<Table>): Promise<readonly (Draft & { readonly pattern: string })[]>;
  /** What a statement returns on each data set; undefined where Postgres refuses. */
  answers(sql: string, isOrdered: boolean): Promise<readonly (string | undefined)[]>;
  /** Whether an answer to a caller would have this draft in it. */
  isShown(query: Query<Table>, draft: Draft): Promise<boolean>;
  close(): Promise<void>;
}

const SETS = process.env.LONG ? 24 : 10;

const answering = `
create function made.answer(statement text, is_ordered boolean, set int) returns text language plpgsql as $$
declare found text;
begin
  perform pg_catalog.set_config('search_path', 'made_' || set || ', pg_catalog', true);
  execute pg_catalog.format('select count(*) || %L || coalesce(string_agg(row::text, %L%s), %L) from (%s) row', ': ', ' ',
    case when is_ordered then '' else ' order by row::text collate "C"' end, '', statement) into found;
  return found;
exception when others then
  return null;
end $$`;

/** One Postgres for all, a schema after the other. */
export async function openWorlds(): Promise<(dice: Dice) => Promise<World>> {
  const twin = startTwin({ budget: 10_000_000 });
  const session = await new Promise<Session>((resolve, reject) => {
    const ended = new Promise<void>((end) => afterAll(() => end()));
    twin
      .use({ sortsByBytes: false, extensions: [], alone: true }, async (opened) => {
        resolve(opened);
        await ended;
      })
      .catch(reject);
  });
  await session.commit();
  return (dice) => openWorld(session, dice);
}

async function openWorld(session: Session, dice: Dice): Promise<World> {
  const made = madeTables(dice, "made");
  await execute(session, ["create schema made", ...made.map(({ ddl }) => ddl), answering]);
  const sets = Array.from({ length: SETS }, (_, set) => set);
  for (const set of sets) {
    const schema = `made_${set}`;
    const copies = made.map(({ name, over }) => over?.(schema) ?? `create table ${schema}.${name} (like made.${name} including all)`);
    await execute(session, [`create schema ${schema}`, ...copies, ...madeRows(dice, made, { schema, set })]);
  }
  const { settings, relations } = await readDirectory(session);
  const own = relations.filter(({ schema }) => schema === "made").map(({ oid }) => oid);
  const { tables } = await readCatalog(session, { settings, relations: own, functions: [] });
  const find = ({ name }: { readonly name: string }) => tables.find((table) => table.name === name);
  return {
    made,
    ddl: made.map(({ ddl }) => ddl).join(";\n"),
    async read(sql) {
      const [statement] = await parseStatements(sql);
      if (!statement) throw new Error(`no statement: ${sql}`);
      return readQuery(statement, find);
    },
    drafts: (query) => draftsOf(query, tables, session),
    async answers(sql, isOrdered) {
      const rows = await session.read<{ answer: string | null }>(
        "select made.answer($1, $2, n) as answer from pg_catalog.generate_series(0, $3) n order by n",
        // Of the schema that is searched, and not of the one that was read.
        [sql.replaceAll("made.", ""), isOrdered, SETS - 1],
      );
      return rows.map(({ answer }) => answer ?? undefined);
    },
    async isShown(query, draft) {
      const cheaper = [{ query, pattern: "", draft, sql: draft.sql, costBefore: 2, costAfter: 1, indexes: [] }];
      const outcome = await checkRewrites(cheaper, { tables, searchPath: ["made"], scratch: session });
      return sameRows(cheaper, outcome, tables).length > 0;
    },
    async close() {
      const schemas = ["made", ...sets.map((set) => `made_${set}`)];
      await execute(
        session,
        schemas.map((schema) => `drop schema ${schema} cascade`),
      );
      // The twin's files have a bound, and nobody else takes away what was dropped.
      await execute(session, ["vacuum"]);
      await execute(session, ["checkpoint"]);
    },
  };
}

async function execute(session: Session, statements: readonly string[]): Promise<void> {
  const { refused } = await session.execute(statements.join(";\n"));
  if (refused) throw new Error(`${refused.message}: ${statements.join(";\n")}`);
}
