import type { PGlite } from "@electric-sql/pglite";
import { beforeAll, describe, expect, test } from "vitest";
import { readTables, type Table } from "../../src/catalog/tables.ts";
import type { Finding } from "../../src/finding.ts";
import { type QueryRule, run } from "../../src/rules/rule.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { readQuery } from "../../src/sql/query.ts";
import { empty, sharedEmbedded } from "../postgres/embedded.ts";

/** A query in which the rule finds exactly one thing; what is given of it must be so. */
export interface Bad {
  readonly sql: string;
  /** The text that the span covers. */
  readonly at?: string;
  readonly message?: string;
  readonly severity?: Finding["severity"];
  readonly object?: string;
  /** The fix as it reads; null where there must be none. */
  readonly fix?: string | null;
}

export interface Cases {
  /** DDL. Every query must be one that Postgres can plan on it. */
  readonly setup: string;
  /** Rows to believe of a table; of the others nobody knows. */
  readonly rows?: Readonly<Record<string, number>>;
  readonly bad: readonly (string | Bad)[];
  readonly good: readonly string[];
  /** The same without a catalog: every table is unknown. */
  readonly unknown?: { readonly bad: readonly (string | Bad)[]; readonly good: readonly string[] };
}

const database = await sharedEmbedded();

/** Returns the Postgres that planned the queries, for what the rule claims of it: the setup and nothing else is in it, up to the next call. */
export function testRule(rule: QueryRule, cases: Cases): PGlite {
  describe(rule.id, () => testCases(rule, cases));
  return database;
}

function testCases(rule: QueryRule, { setup, rows = {}, bad, good, unknown = { bad: [], good: [] } }: Cases): void {
  let tables: readonly Table[] = [];
  beforeAll(async () => {
    await empty(database);
    await database.exec(setup);
    tables = await tablesOf(database, rows);
  });
  const plan = (sql: string) => database.exec(`explain (generic_plan) ${sql}`);

  test.each(bad.map(asBad))("finds it: $sql", async (expected) => {
    await plan(expected.sql);
    const [finding, ...others] = await findingsOf(rule, expected.sql, tables);
    expect(others).toEqual([]);
    expect(told(finding, expected)).toEqual(expected);
    if (!finding?.fix) return;
    const isStatement = !/^create/.test(finding.fix);
    if (isStatement) await plan(finding.fix);
    const after = isStatement ? tables : await tablesAfter(database, finding.fix, rows);
    expect(await findingsOf(rule, isStatement ? finding.fix : expected.sql, after), "the fix silences the rule").toEqual([]);
  });

  test.each(good)("is silent: %s", async (sql) => {
    await plan(sql);
    expect(await findingsOf(rule, sql, tables)).toEqual([]);
  });

  test.each(unknown.bad.map(asBad))("finds it without a catalog: $sql", async (expected) => {
    const [finding, ...others] = await findingsOf(rule, expected.sql, []);
    expect(others).toEqual([]);
    expect(told(finding, expected)).toEqual(expected);
  });

  test.each(unknown.good)("is silent without a catalog: %s", async (sql) => {
    expect(await findingsOf(rule, sql, [])).toEqual([]);
  });
}

const asBad = (bad: string | Bad): Bad => (typeof bad === "string" ? { sql: bad } : bad);

/** Of a finding, what the test says something of. */
function told(finding: Finding | undefined, { sql, ...expected }: Bad) {
  const at = finding?.span && sql.slice(finding.span.start, finding.span.end);
  const all = { ...finding, sql, at, fix: finding?.fix ?? null };
  return finding && Object.fromEntries(["sql", ...Object.keys(expected)].map((key) => [key, all[key as keyof typeof all]]));
}

async function findingsOf(rule: QueryRule, sql: string, tables: readonly Table[]): Promise<readonly Finding[]> {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error(`No statement in: ${sql}`);
  const query = readQuery(statement, ({ schema, name }) =>
    tables.find((table) => table.name === name && table.schema === (schema ?? "public")),
  );
  return run([rule], query, undefined);
}

async function tablesOf(database: Pick<PGlite, "query">, rows: Readonly<Record<string, number>>): Promise<readonly Table[]> {
  const read = async <Row>(sql: string, values: readonly unknown[] = []) => (await database.query<Row>(sql, [...values])).rows;
  const relations = await read<{ oid: number }>(
    "select oid from pg_class where relnamespace <> all ('{pg_catalog,information_schema,pg_toast}'::regnamespace[])",
  );
  const tables = await readTables(
    { read },
    relations.map(({ oid }) => oid),
  );
  return tables.map((table) => ({ ...table, rows: rows[table.name] }));
}

/** The catalog as the fix would leave it. The fix is taken back, and cannot be CONCURRENTLY in a transaction. */
async function tablesAfter(database: PGlite, fix: string, rows: Readonly<Record<string, number>>): Promise<readonly Table[]> {
  return database.transaction(async (transaction) => {
    await transaction.exec(fix.replace(" concurrently", ""));
    const tables = await tablesOf(transaction as Pick<PGlite, "query">, rows);
    await transaction.rollback();
    return tables;
  });
}
