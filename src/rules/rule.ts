import type { Health } from "../catalog/health.ts";
import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import type { Finding, Severity, Span } from "../finding.ts";
import { severities } from "../finding.ts";
import type { Step } from "../migration/step.ts";
import type { Plan } from "../plan/plan.ts";
import type { Query } from "../sql/query.ts";
import type { Used } from "../workload/used.ts";

/** What a rule says of one place. The rule's section explains it; the message is about the user's own names. */
export interface Problem {
  /** One sentence: what is wrong and what it costs. */
  readonly message: string;
  readonly span?: Span | undefined;
  readonly object?: string | undefined;
  readonly evidence?: Finding["evidence"];
  /** Built with the tag sql`…`, or nothing. */
  readonly fix?: string | undefined;
  /** SQL that takes the fix back. */
  readonly undo?: string | undefined;
  /** Where what is known of the sizes changes the rule's own severity. */
  readonly severity?: Severity;
}

export interface Rule<Subject> {
  readonly id: string;
  readonly severity: Severity;
  /** Major versions of Postgres for which the rule holds, both included. */
  readonly postgres?: { readonly from?: number; readonly until?: number };
  check(subject: Subject): Iterable<Problem>;
}

export type QueryRule = Rule<Query<Table>>;
/** Of a query as well, by what a server counted of it. */
export type UsageRule = Rule<Used>;
export type PlanRule = Rule<Plan>;
export type SchemaRule = Rule<Schema>;
export type HealthRule = Rule<Health>;
export type MigrationRule = Rule<Step>;

export const queryRule = (rule: QueryRule): QueryRule => rule;
export const usageRule = (rule: UsageRule): UsageRule => rule;
export const planRule = (rule: PlanRule): PlanRule => rule;
export const schemaRule = (rule: SchemaRule): SchemaRule => rule;
export const healthRule = (rule: HealthRule): HealthRule => rule;
export const migrationRule = (rule: MigrationRule): MigrationRule => rule;

/** The oldest major version that gets updates (https://www.postgresql.org/support/versioning/). */
const OLDEST = 15;

/**
 * Findings of all rules that hold for this major version, the gravest first, then by place. Undefined: unknown, so all but those
 * that hold only for versions that are out of support.
 */
export function run<Subject>(rules: readonly Rule<Subject>[], subject: Subject, postgres: number | undefined): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const holds = postgres === undefined ? (rule.postgres?.until ?? OLDEST) >= OLDEST : holdsFor(rule, postgres);
    if (holds) for (const problem of rule.check(subject)) findings.push(asFinding(rule, problem));
  }
  return findings.sort(
    (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || (a.span?.start ?? 0) - (b.span?.start ?? 0),
  );
}

const holdsFor = ({ postgres: { from = 0, until = Number.POSITIVE_INFINITY } = {} }: Rule<never>, version: number) =>
  from <= version && version <= until;

function asFinding({ id, severity }: Rule<never>, problem: Problem): Finding {
  const [kind, name] = id.split("/");
  return { rule: id, severity, ...problem, page: `knowledge://rules-${kind}/${name}` };
}
