import type { Table } from "../catalog/tables.ts";
import { literal, nameOf } from "../sql/quote.ts";
import { type Advice, advise, type Chosen, planAll, type Question, type Weighed, wishesIn } from "./advise.ts";
import { type Candidate, shapeOf } from "./candidate.ts";
import { keySql } from "./key.ts";
import { withValues } from "./range-values.ts";
import { type Assumed, restoreSql, type Spread, spreadSql, type Uncertain, uncertainColumns } from "./spreads.ts";
import { planTogether } from "./together.ts";
import { dropTrials, placeAgain } from "./trial.ts";

export interface Assuming extends Question {
  /** What is taken for true of the values in tables that were read from DDL text. */
  readonly assumptions: readonly Assumed[];
}

/** Advice that holds however values may be spread. Its costs are not to be told. */
export interface AssumedAdvice extends Advice {
  /** Indexes that are worth it under some spreads only. */
  readonly depending: readonly Depending[];
  /** Under how many spreads the statements were planned. */
  readonly spreads: number;
}

export interface Depending {
  readonly candidate: Candidate;
  /** Under so many of the spreads. */
  readonly chosen: number;
  /** How values are spread in these decides. */
  readonly columns: readonly string[];
  /** One read-only query, for the real server, that tells. */
  readonly query: string;
}

const SPREADS: readonly Spread[] = ["fewer", "more"];

/** Under one spread an index may be worth a further key or column that it is not under another. */
const isLike = (one: Candidate, other: Candidate) => startOf(one) === startOf(other);

const startOf = ({ table, method, keys: [first], where }: Candidate) =>
  `${table.oid} ${method} ${first && keySql({ ...first, descending: false, nullsFirst: false })} ${where}`;

/** Takes advice with values spread as assumed, then with ten times fewer of them and ten times more, and keeps what all agree on. */
export async function adviseAssumed(question: Assuming): Promise<AssumedAdvice> {
  const { session, tables, assumptions, isDue = () => false } = question;
  const { planned } = await planAll(question);
  const wishes = planned.flatMap((statement) => wishesIn(statement, question));
  const isAssumed = ({ schema, name }: Table, column: string) =>
    assumptions.some((each) => each.about === "values" && each.table === nameOf(schema, name).toString() && each.column === column);
  const uncertain = await uncertainColumns({ session, tables, wishes, isAssumed });
  const base = await advise(question);
  const statements = await Promise.all(
    question.statements.map(async (each) => ({ ...each, statement: await withValues(each.statement, uncertain) })),
  );
  const others: Advice[] = [];
  for (const spread of uncertain.length === 0 ? [] : SPREADS) {
    if (isDue()) break;
    await session.run(spreadSql(uncertain, spread));
    others.push(await advise({ ...question, statements }));
  }
  await session.run(restoreSql(uncertain));
  return agreed(question, { base, others, uncertain });
}

interface Runs {
  readonly base: Advice;
  readonly others: readonly Advice[];
  readonly uncertain: readonly Uncertain[];
}

async function agreed(question: Assuming, { base, others, uncertain }: Runs): Promise<AssumedAdvice> {
  const runs = [base, ...others].map(({ chosen }) => chosen);
  const placeIn = (chosen: readonly Chosen[], { candidate }: Chosen) => chosen.findIndex((other) => isLike(other.candidate, candidate));
  const timesOf = (each: Chosen) => runs.filter((chosen) => placeIn(chosen, each) >= 0).length;
  const rankOf = (each: Chosen) => runs.reduce((sum, chosen) => sum + placeIn(chosen, each), 0);
  const stable = base.chosen.filter((each) => timesOf(each) === runs.length).sort((one, other) => rankOf(one) - rankOf(other));
  const rest = runs.flat().filter((each) => timesOf(each) < runs.length);
  const depending = rest.map((each) => {
    const { candidate } = each;
    const columns = columnsOf(candidate, uncertain);
    return { candidate, chosen: timesOf(each), columns, query: queryFor(candidate.table, columns) };
  });
  const kept = stable.length === base.chosen.length ? { ...base, chosen: stable } : await withOnly(question, base, stable);
  const late = uncertain.length > 0 && others.length < SPREADS.length ? ["there was no time to try other spreads of values"] : [];
  return {
    ...kept,
    depending: onePerQuery(depending.sort((one, other) => other.chosen - one.chosen)),
    spreads: runs.length,
    explains: [base, ...others].reduce((sum, { explains }) => sum + explains, 0),
    limits: [...kept.limits, ...late],
  };
}

/** What is chosen most often of those that the same columns decide about. */
const onePerQuery = (depending: readonly Depending[]) =>
  depending.filter(({ query }, place) => depending.findIndex((other) => other.query === query) === place);

/** What the statements come to with some of the chosen indexes only. */
async function withOnly(question: Assuming, base: Advice, stable: readonly Chosen[]): Promise<Advice> {
  const { session, tables, searchPath } = question;
  const { planned } = await planAll(question);
  const trials = await placeAgain(session, stable, { tables, searchPath });
  const together = await planTogether(question, planned, { chosen: trials, measured: trials });
  await dropTrials(session, trials);
  const statements = base.statements.map((each): Weighed => {
    const now = together.find(({ statement }) => statement.number === each.number);
    if (each.refused || !now) return each;
    return { ...each, after: now.plan.root.totalCost, plans: { ...each.plans, after: now.plan } };
  });
  const helps = (candidate: Candidate) =>
    together
      .filter(({ used }) => used.some((trial) => trial.candidate === candidate))
      .map(({ statement: { number, plan: before }, plan }) => ({ number, before: before.root.totalCost, after: plan.root.totalCost }));
  return {
    ...base,
    statements,
    chosen: stable.map((each) => ({ ...each, helps: helps(each.candidate) })),
    after: together.reduce((sum, { statement: { weight }, plan }) => sum + weight * plan.root.totalCost, 0),
  };
}

/** Of its own columns those that are uncertain, or all such of its table. */
function columnsOf(candidate: Candidate, uncertain: readonly Uncertain[]): readonly string[] {
  const words = new Set(shapeOf(candidate).match(/[\p{L}_][\p{L}\p{N}_$]*/gu));
  const own = [...new Set(uncertain.filter(({ table }) => table === candidate.table).map(({ column }) => column))];
  const named = own.filter((column) => words.has(column) || shapeOf(candidate).includes(column));
  return named.length > 0 ? named : own;
}

/** Shares and numbers of values, and no value; a role sees those of tables that it may read. */
const queryFor = ({ schema, name }: Table, columns: readonly string[]): string =>
  `select attname, null_frac, n_distinct, most_common_freqs, correlation from pg_catalog.pg_stats where schemaname = ${literal(schema)} and tablename = ${literal(name)} and attname in (${columns.map(literal).join(", ")}) order by attname;`;
