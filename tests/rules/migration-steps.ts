import type { PGlite } from "@electric-sql/pglite";
import { readRelationNames } from "../../src/catalog/names.ts";
import { readTables, type Table } from "../../src/catalog/tables.ts";
import type { Stage } from "../../src/migration/observe.ts";
import { rehearse } from "../../src/migration/rehearse.ts";
import { readScript } from "../../src/migration/script.ts";
import type { Step } from "../../src/migration/step.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

/** A script that is only read. */
export const readSteps = (sql: string, inTransaction: boolean): Promise<readonly Step[]> => readScript(sql, { wrapped: inTransaction });

interface Given {
  readonly setup: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly inTransaction: boolean;
}

/** A script that is rehearsed on Postgres 18, which holds the setup and nothing else. Of the rows only those are believed that are given. */
export async function rehearsedSteps(sql: string, { setup, rows, inTransaction }: Given): Promise<readonly Step[]> {
  const database = await sharedEmbedded();
  await database.exec(setup);
  const stage = stageOf(database);
  const tables = (await readAllTables(stage)).map((table) => ({ ...table, rows: rows[table.name], bytes: undefined }));
  const { steps } = await rehearse(await readSteps(sql, inTransaction), stage, {
    real: ({ schema, name }) => tables.find((table) => table.name === name && table.schema === schema),
    isEmpty: (table) => table.rows === 0,
    isOurs: () => false,
  });
  return steps;
}

export function stageOf(database: PGlite): Stage {
  return {
    read: async <Row>(sql: string, values: readonly unknown[] = []) => (await database.query<Row>(sql, [...values])).rows,
    async execute(sql) {
      const notices: { severity: string; message: string }[] = [];
      try {
        await database.exec(sql, { onNotice: ({ severity = "", message = "" }) => notices.push({ severity, message }) });
        return { refused: undefined, notices };
      } catch (error) {
        const { code = "", message, detail } = error as Error & { readonly code?: string; readonly detail?: string };
        return { refused: { code, message, ...(detail !== undefined && { detail }) }, notices };
      }
    },
  };
}

async function readAllTables(stage: Stage): Promise<readonly Table[]> {
  const names = await readRelationNames(stage);
  return readTables(
    stage,
    names.filter(({ system }) => !system).map(({ oid }) => oid),
  );
}
