import { PGlite } from "@electric-sql/pglite";
import { citext } from "@electric-sql/pglite/contrib/citext";
import { readRelationNames } from "../../src/catalog/names.ts";
import { readTables, type Table } from "../../src/catalog/tables.ts";
import type { Stage } from "../../src/migration/observe.ts";
import { rehearse } from "../../src/migration/rehearse.ts";
import { readScript } from "../../src/migration/script.ts";
import type { Step } from "../../src/migration/step.ts";
import { sql as written } from "../../src/sql/quote.ts";

/** A script that is only read. */
export const readSteps = (sql: string, inTransaction: boolean): Promise<readonly Step[]> => readScript(sql, { wrapped: inTransaction });

interface Given {
  readonly setup: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly inTransaction: boolean;
}

/** Postgres 18, on which scripts are rehearsed one after the other. */
export interface Rehearsing {
  /** The script on a database that holds the setup and nothing else. Of the rows only those are believed that are given. */
  stepsOf(sql: string, given: Given): Promise<readonly Step[]>;
  close(): Promise<void>;
}

export async function openRehearsing(): Promise<Rehearsing> {
  const database = await PGlite.create({ extensions: { citext } });
  const stage = stageOf(database);
  return {
    async stepsOf(sql, { setup, rows, inTransaction }) {
      await empty(database, stage);
      await database.exec(setup);
      const tables = (await readAllTables(stage)).map((table) => ({ ...table, rows: rows[table.name], bytes: undefined }));
      const { steps } = await rehearse(await readSteps(sql, inTransaction), stage, {
        real: ({ schema, name }) => tables.find((table) => table.name === name && table.schema === schema),
        isEmpty: (table) => table.rows === 0,
        isOurs: () => false,
      });
      return steps;
    },
    close: () => database.close(),
  };
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
        const { code = "", message } = error as Error & { readonly code?: string };
        return { refused: { code, message }, notices };
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

const userSchemas = "select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'";

async function empty(database: PGlite, stage: Stage): Promise<void> {
  await database.exec("rollback; reset all; set client_min_messages = warning");
  for (const { name } of await stage.read<{ name: string }>(userSchemas)) await database.exec(written`drop schema ${name} cascade`);
  await database.exec("create schema public; reset all");
}
