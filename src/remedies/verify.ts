import type { Table } from "../catalog/tables.ts";
import { candidateIn } from "../indexes/candidate.ts";
import { createTrials, dropTrials } from "../indexes/trial.ts";
import { comparedIn } from "../plan/compared.ts";
import { FACTOR, type Misestimate, type Remedy } from "../plan/misestimates.ts";
import { type Plan, type PlanNode, parsePlan } from "../plan/plan.ts";
import { parseStatements } from "../sql/parse.ts";
import { type Name, nameOf, quote, raw, sql } from "../sql/quote.ts";
import { readColumnValues } from "../twin/column-values.ts";
import type { Session } from "../twin/twin.ts";

interface Place {
  readonly session: Session;
  readonly searchPath: readonly string[];
  readonly tables: readonly Table[];
  find(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
}

/** Of one plan; each takes the twin a question or two. */
const MOST = 5;

/**
 * Asks the twin what the planner expects of each misjudged scan by the statistics that are there now, and with the ones that
 * would mend it where they follow from those of the columns. What would not mend it is offered no more.
 */
export async function verifyRemedies(plan: Plan, place: Place): Promise<Plan> {
  const misestimates: Misestimate[] = [];
  for (const [number, misestimate] of plan.misestimates.entries())
    misestimates.push(number < MOST ? await verified(misestimate, place) : misestimate);
  return { ...plan, misestimates };
}

async function verified(misestimate: Misestimate, place: Place): Promise<Misestimate> {
  const { node } = misestimate;
  const scan = scanOf(node);
  const table = node.relation && place.find(node.relation);
  const now = scan && table ? await expected(scan, place) : undefined;
  if (!scan || !table || now === undefined) return misestimate;
  if (isRight(misestimate, now)) return { ...misestimate, now, remedy: undefined };
  const [first, ...more] = scan.conditions.flatMap(comparedIn);
  if (!first || more.length > 0) return misestimate;
  if (first.kind === "column") return { ...misestimate, remedy: (await moreValues(first.text, table, place)) ?? misestimate.remedy };
  const remedied = await withStatisticsOn(first.text, scan, place);
  if (remedied === undefined) return misestimate;
  return isRight(misestimate, remedied) ? { ...misestimate, remedied } : { ...misestimate, remedy: undefined };
}

/** `default_statistics_target` as it is shipped: a column with fewer common values has told them all. */
const DEFAULT_TARGET = 100;
const MORE = 1000;

/** A column whose list of common values is full may have more of them. */
async function moreValues(column: string, { schema, name, columns }: Table, { session }: Place): Promise<Remedy | undefined> {
  const target = columns.find((each) => each.name === column)?.statisticsTarget;
  const kept = (await readColumnValues(session, { schema, name })).get(column)?.common.length ?? 0;
  if (kept < (target ?? DEFAULT_TARGET) || kept >= MORE) return undefined;
  const relation = nameOf(schema, name);
  const set = (number: number) =>
    sql`alter table ${relation} alter column ${raw(quote(column))} set statistics ${raw(String(number))}; analyze ${relation};`;
  return { sql: set(MORE), undo: set(target ?? -1) };
}

const isRight = ({ error, node: { actualRows = 0 } }: Misestimate, rows: number) =>
  error === "more" ? actualRows < FACTOR * Math.max(1, rows) : rows < FACTOR * Math.max(1, actualRows);

interface Scan {
  readonly relation: Name;
  readonly alias: string;
  readonly conditions: readonly string[];
}

/** What a scan reads by itself: neither values of other nodes nor masked ones are in its conditions. */
function scanOf({ relation, type, indexCond, recheckCond, filter }: PlanNode): Scan | undefined {
  const conditions = [...new Set([indexCond, recheckCond, filter].filter((condition) => condition !== undefined))];
  if (!relation || type === "Foreign Scan" || conditions.length === 0) return undefined;
  const isBound = conditions.some((condition) => condition.includes("…") || /\$\d|SubPlan|InitPlan/.test(condition));
  return isBound ? undefined : { relation, alias: relation.alias ?? relation.name, conditions };
}

/** Rows. A condition over another relation of the statement is refused, as that is not there. */
async function expected({ relation, alias, conditions }: Scan, { session, searchPath }: Place): Promise<number | undefined> {
  const text = `select from only ${relation} as ${quote(alias)} where ${conditions.map((condition) => `(${condition})`).join(" and ")}`;
  const isOne = await parseStatements(text).then(
    (statements) => statements.length === 1,
    () => false,
  );
  const explained = isOne ? await session.explain({ sql: text, searchPath, generic: false }) : undefined;
  return explained && explained.refused === undefined ? parsePlan(explained.plan).root.planRows : undefined;
}

/** Statistics of an expression that an index has serve the planner as those of CREATE STATISTICS do; the twin derives them from the column's. */
async function withStatisticsOn(expression: string, scan: Scan, place: Place): Promise<number | undefined> {
  const { session, tables, searchPath, find } = place;
  const [statement] = await parseStatements(`create index on ${scan.relation} ((${expression}))`).catch(() => []);
  const candidate = statement && candidateIn(statement, find);
  if (!candidate) return undefined;
  const { trials } = await createTrials(session, { candidates: [candidate], tables, searchPath });
  const rests = trials.length > 0 && trials.every(({ limits }) => limits.length === 0);
  const rows = rests ? await expected(scan, place) : undefined;
  await dropTrials(session, trials);
  return rows;
}
