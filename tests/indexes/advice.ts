import { afterAll } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Table } from "../../src/catalog/tables.ts";
import { type Advice, advise, LEAST_GAIN, type Question } from "../../src/indexes/advise.ts";
import { type Candidate, shapeOf } from "../../src/indexes/candidate.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { nameOf } from "../../src/sql/quote.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import type { Session } from "../../src/twin/twin.ts";
import { startTwin } from "../twin/twin.ts";

interface Asked {
  readonly queries: readonly (string | { readonly sql: string; readonly calls: number })[];
  readonly limits?: Partial<Question["limits"]>;
}

/** Takes advice on a catalog that was read before, as the tool does; the twin is built once for all questions. */
export async function adviser(catalog: Catalog, sizes: "hook" | "files" = "hook"): Promise<(asked: Asked) => Promise<Advice>> {
  const twin = startTwin({ sizes });
  const session = await new Promise<Session>((resolve, reject) => {
    const ended = new Promise<void>((end) => afterAll(() => end()));
    twin
      .use(needsOf(catalog), async (opened) => {
        await build(opened, catalog);
        resolve(opened);
        await ended;
      })
      .catch(reject);
  });
  return async ({ queries, limits }) => {
    const statements = [];
    for (const [position, query] of queries.entries()) {
      const { sql, calls } = typeof query === "string" ? { sql: query, calls: 1 } : query;
      const [statement] = await parseStatements(sql);
      if (statement) statements.push({ number: position + 1, statement, weight: calls });
    }
    return advise({
      session,
      searchPath: catalog.settings.searchPath,
      tables: catalog.tables,
      find: ({ schema = "public", name }): Table | undefined =>
        catalog.tables.find((table) => table.schema === schema && table.name === name),
      statements,
      limits: { budget: undefined, mostIndexes: 5, leastGain: LEAST_GAIN, ...limits },
      progress: () => undefined,
    });
  };
}

/** "orders (customer_id, created_at desc) where status = 'open'". */
export const written = (candidate: Candidate): string => `${nameOf(candidate.table.schema, candidate.table.name)} ${shapeOf(candidate)}`;
