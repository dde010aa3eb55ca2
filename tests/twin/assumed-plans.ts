import type { Table } from "../../src/catalog/tables.ts";
import { candidateIn } from "../../src/indexes/candidate.ts";
import { createTrials } from "../../src/indexes/trial.ts";
import { type Plan, parsePlan } from "../../src/plan/plan.ts";
import { shapeOf } from "../../src/plan/shape.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import type { Session } from "../../src/twin/twin.ts";

export interface Workload {
  readonly queries: readonly string[];
  /** CREATE INDEX statements, each tried by itself. */
  readonly candidates: readonly string[];
}

interface Planned {
  readonly shape: string;
  readonly scans: string;
  readonly cost: number;
}

export interface Told {
  readonly plans: readonly Planned[];
  /** With all candidates in place. */
  readonly indexed: readonly Planned[];
  /** Whether a query's plan reads a candidate on one of its tables, by both. */
  readonly used: ReadonlyMap<string, boolean>;
}

/** What a twin says of a workload, whatever it was made of. */
export async function tell(session: Session, tables: readonly Table[], { queries, candidates }: Workload): Promise<Told> {
  const planOf = async (sql: string, hidden: readonly number[] = []) => {
    const explained = await session.explain({ sql, searchPath: ["public"], generic: sql.includes("$1"), hidden });
    if (explained.refused) throw new Error(`${sql}: ${explained.refused.message}`);
    return parsePlan(explained.plan);
  };
  const plans: Plan[] = [];
  for (const sql of queries) plans.push(await planOf(sql));
  const wanted = [];
  for (const sql of candidates) {
    const [statement] = await parseStatements(sql);
    const candidate = statement && candidateIn(statement, ({ name }) => tables.find((table) => table.name === name));
    if (!candidate) throw new Error(sql);
    wanted.push(candidate);
  }
  const { trials } = await createTrials(session, { candidates: wanted, tables, searchPath: ["public"] });
  const used = new Map<string, boolean>();
  for (const trial of trials) {
    const { table } = trial.candidate;
    const hidden = trials.flatMap((other) => (other === trial ? [] : other.oids));
    for (const [position, sql] of queries.entries()) {
      if (!plans[position]?.nodes.some(({ relation }) => relation?.name.startsWith(table.name))) continue;
      const { nodes } = await planOf(sql, hidden);
      const reads = nodes.some(({ index }) => index !== undefined && trial.names.includes(index));
      used.set(`${candidates[wanted.indexOf(trial.candidate)]}: ${sql}`, reads);
    }
  }
  const indexed: Plan[] = [];
  for (const sql of queries) indexed.push(await planOf(sql));
  return { plans: plans.map(planned), indexed: indexed.map(planned), used };
}

const planned = (plan: Plan): Planned => ({ shape: shapeOf(plan), scans: scansOf(plan), cost: plan.root.totalCost });

const scansOf = ({ nodes }: Plan) =>
  nodes
    .flatMap(({ relation, index, label }) =>
      index === undefined && (label.startsWith("Bitmap") || relation === undefined) ? [] : [index ?? relation?.name],
    )
    .sort()
    .join(", ");

export interface Agreement {
  readonly queries: number;
  readonly shapes: number;
  readonly scans: number;
  readonly indexedShapes: number;
  readonly indexedScans: number;
  readonly medianCostError: number;
  readonly candidates: number;
  readonly right: number;
  readonly falselyUsed: number;
  readonly missed: number;
}

export function agreement(told: Told, real: Told): Agreement {
  const alike = (which: "plans" | "indexed", part: "shape" | "scans") =>
    told[which].filter((plan, position) => plan[part] === real[which][position]?.[part]).length;
  const errors = told.plans
    .map(({ cost }, position) => Math.exp(Math.abs(Math.log(cost / (real.plans[position]?.cost ?? cost)))))
    .sort((a, b) => a - b);
  const pairs = [...told.used].map(([question, used]) => [used, real.used.get(question)] as const);
  return {
    queries: told.plans.length,
    shapes: alike("plans", "shape"),
    scans: alike("plans", "scans"),
    indexedShapes: alike("indexed", "shape"),
    indexedScans: alike("indexed", "scans"),
    medianCostError: Math.round((errors[Math.floor(errors.length / 2)] ?? 1) * 100) / 100,
    candidates: pairs.length,
    right: pairs.filter(([one, other]) => one === other).length,
    falselyUsed: pairs.filter(([one, other]) => one && !other).length,
    missed: pairs.filter(([one, other]) => !one && other).length,
  };
}
