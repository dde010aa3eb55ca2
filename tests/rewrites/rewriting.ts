import { afterAll } from "vitest";
import type { Table } from "../../src/catalog/tables.ts";
import type { Compared } from "../../src/rewrites/answers.ts";
import { compare } from "../../src/rewrites/check.ts";
import type { Draft } from "../../src/rewrites/rewrite.ts";
import { checkRewrites, draftsOf, type Rewrite, sameRows } from "../../src/rewrites/rewrites-for.ts";
import { parseWithPlaceholders } from "../../src/sql/placeholders.ts";
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
  /** What a caller would be told of a draft, if it were the cheapest. */
  shown(sql: string, draft: Draft, pattern?: string): Promise<Rewrite | undefined>;
}

/** A twin of this DDL for all tests of a file, in which rows may be generated. */
export async function scratchOf(text: string): Promise<Scratch> {
  // All tests of a file are one question to it.
  const twin = startTwin({ budget: 1_000_000 });
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
    const [statement] = await parseWithPlaceholders(sql);
    if (!statement) throw new Error(`no statement: ${sql}`);
    return readQuery(statement, find);
  };
  return {
    tables,
    drafts: async (sql) => draftsOf(await read(sql), tables, session),
    async compare(sql, rewritten, dataSets = 50) {
      const compared = await compare(session, { query: await read(sql), searchPath: ["public"], tables, dataSets, rewritten });
      return compared.flatMap((each) => each ?? []);
    },
    async shown(sql, draft, pattern = "") {
      const query = await read(sql);
      const cheaper = [{ query, pattern, draft, sql: draft.sql, costBefore: 2, costAfter: 1, indexes: [] }];
      const outcome = await checkRewrites(cheaper, { tables, searchPath: ["public"], scratch: session });
      const [rewrite] = sameRows(cheaper, outcome, tables);
      return rewrite;
    },
  };
}
