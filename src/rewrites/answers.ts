import type { Table } from "../catalog/tables.ts";
import { parsePlan } from "../plan/plan.ts";
import { tokensOf } from "../sql/grammar.ts";
import type { Query } from "../sql/query.ts";
import { isTotallyOrdered } from "../sql/unique.ts";
import type { Session } from "../twin/twin.ts";
import { randomFrom } from "./draw.ts";
import { dataSet, type FilledTable } from "./rows.ts";

/** Of one rewritten statement. */
export interface Compared {
  /** Data sets on which the original gave an answer, and no error. */
  readonly dataSets: number;
  readonly same: number;
  /** Data sets on which the original returned a row. */
  readonly withRows: number;
  /** Different answers of the original: rows that never change would show nothing. */
  readonly answers: number;
}

/** The temporary table that answers are kept in. */
export const SINK = "backend_db_mcp_answers";

interface Asked {
  readonly query: Query<Table>;
  readonly searchPath: readonly string[];
  readonly rows: readonly FilledTable[];
  readonly original: string;
  /** Of each parameter, the values that it takes in turn. */
  readonly parameters: readonly (readonly string[])[];
  readonly rewritten: readonly string[];
  readonly dataSets: number;
}

interface Answer {
  readonly set: number;
  /** 0: the original. */
  readonly statement: number;
  readonly rows: number;
  readonly answer: string;
}

/** Midnight is not the same everywhere. */
const zones = ["UTC", "America/Sao_Paulo", "Asia/Kolkata", "America/New_York"];

/** Planner cost on a data set: above, a statement makes its rows itself, or joins them without a condition. */
const MOST_COST = 1_000_000;
/** A data set with rows in all tables. */
const SAMPLE = 5;

/** Whether all statements can be run in no time: a cluster in WebAssembly is not interrupted. */
export async function isCheap(scratch: Session, { original, searchPath, rows, parameters, rewritten }: Asked): Promise<boolean> {
  await scratch.run(dataSet(rows, SAMPLE));
  for (const sql of [original, ...rewritten]) {
    const explained = await scratch.explain({ sql: withValues(sql, valuesIn(parameters, SAMPLE)), searchPath, generic: false });
    if (explained.refused !== undefined || parsePlan(explained.plan).root.totalCost > MOST_COST) return false;
  }
  return true;
}

/** All statements on the rows of each data set, one after the other. */
export async function compareAnswers(
  scratch: Session,
  { query, original, rows, parameters, rewritten, dataSets }: Asked,
): Promise<readonly Compared[]> {
  const [top] = query.levels;
  const isOrdered = top !== undefined && top.order.length > 0 && isTotallyOrdered(top, query);
  const sets = Array.from({ length: dataSets }, (_, number) => [
    `set local timezone = '${zones[number % zones.length]}'`,
    ...dataSet(rows, number),
    ...[original, ...rewritten].map((sql, statement) =>
      answerSql(withValues(sql, valuesIn(parameters, number)), { number, statement, isOrdered }),
    ),
  ]);
  await scratch.run([`delete from pg_temp.${SINK}`, ...sets.flat()]);
  const found = await scratch.read<Answer>(`select data_set as set, statement, rows::pg_catalog.int4 as rows, answer from pg_temp.${SINK}`);
  // What Postgres refused left no answer.
  const originals = found.filter(({ statement }) => statement === 0);
  return rewritten.map((_, place) => {
    const answers = new Map(found.filter(({ statement }) => statement === place + 1).map((each) => [each.set, each]));
    const isSame = ({ set, rows: count, answer }: Answer) => answers.get(set)?.rows === count && answers.get(set)?.answer === answer;
    return {
      dataSets: originals.length,
      same: originals.filter(isSame).length,
      withRows: originals.filter(({ rows: count }) => count > 0).length,
      answers: new Set(originals.map(({ answer }) => answer)).size,
    };
  });
}

/** Rows are compared as text, so that what is equal and looks different is told apart too. */
function answerSql(sql: string, { number, statement, isOrdered }: { number: number; statement: number; isOrdered: boolean }): string {
  const row = "backend_db_mcp_row::pg_catalog.text";
  const order = isOrdered ? "" : ` order by ${row} collate pg_catalog."C"`;
  return `insert into pg_temp.${SINK}
    select ${number}, ${statement}, pg_catalog.count(*), coalesce(pg_catalog.md5(pg_catalog.string_agg(${row}, pg_catalog.chr(10)${order})), '')
      from (${sql}
    ) backend_db_mcp_row`;
}

function valuesIn(parameters: readonly (readonly string[])[], number: number): readonly string[] {
  const random = randomFrom(1000 + number);
  return parameters.map((values) => values[Math.floor(random() * values.length)] ?? "null");
}

function withValues(sql: string, values: readonly string[]): string {
  if (values.length === 0) return sql;
  let last = 0;
  const parts = tokensOf(sql).map(({ text, start, end }) => {
    const value = /^\$\d+$/.test(text) ? values[Number(text.slice(1)) - 1] : undefined;
    const part = sql.slice(last, start) + (value ?? text);
    last = end;
    return part;
  });
  return parts.join("") + sql.slice(last);
}
