import { afterAll } from "vitest";
import type { Table } from "../../src/catalog/tables.ts";
import type { Compared } from "../../src/rewrites/answers.ts";
import { compare } from "../../src/rewrites/check.ts";
import type { Draft } from "../../src/rewrites/rewrite.ts";
import { draftsOf } from "../../src/rewrites/rewrites-for.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { readQuery } from "../../src/sql/query.ts";
import type { Session } from "../../src/twin/twin.ts";
import { fromText } from "../twin/from-text.ts";
import { startTwin } from "../twin/twin.ts";

export interface Scratch {
  readonly tables: readonly Table[];
  /** What a statement could be written as, by the name of the pattern. */
  drafts(sql: string): Promise<readonly (Draft & { readonly pattern: string })[]>;
  /** Runs all on generated rows. */
  compare(sql: string, rewritten: readonly Draft[], dataSets?: number): Promise<readonly Compared[]>;
}

/** A twin of this DDL for all tests of a file, in which rows may be generated. */
export async function scratchOf(text: string): Promise<Scratch> {
  const twin = startTwin();
  const { session, tables } = await new Promise<{ session: Session; tables: readonly Table[] }>((resolve, reject) => {
    const ended = new Promise<void>((end) => afterAll(() => end()));
    fromText(twin, { text }, async (subject) => {
      resolve({ session: subject.session, tables: subject.tables });
      await ended;
    }).catch(reject);
  });
  const find = ({ schema = "public", name }: { readonly schema?: string | undefined; readonly name: string }) =>
    tables.find((table) => table.schema === schema && table.name === name);
  const read = async (sql: string) => {
    const [statement] = await parseStatements(sql);
    if (!statement) throw new Error(`no statement: ${sql}`);
    return readQuery(statement, find);
  };
  return {
    tables,
    drafts: async (sql) => draftsOf(await read(sql), session),
    async compare(sql, rewritten, dataSets = 50) {
      const query = await read(sql);
      // What the comparison before left behind.
      await session.commit();
      await session.execute(`truncate ${tables.flatMap(({ kind, name }) => (kind === "view" ? [] : [name])).join(", ")}`);
      return (await compare(session, { query, searchPath: ["public"], tables, dataSets, rewritten })) ?? [];
    },
  };
}
