import { costlyNodes, unitOf } from "../plan/costly.ts";
import { planTree } from "../plan/tree.ts";
import { planView } from "../plan/view.ts";
import { shortened } from "./advice-statements.ts";
import type { Output } from "./analyze-query.ts";
import type { Basis, ResponseFormat } from "./answer.ts";
import type { Analysis } from "./query-analysis.ts";
import { type Improvement, indexesTold } from "./query-improvement.ts";
import type { PreparedTold } from "./query-prepared.ts";
import { reachTold } from "./query-reach.ts";
import type { Submission } from "./query-statements.ts";
import type { UnusedTold } from "./query-unused.ts";
import { worstOf } from "./query-verdict.ts";
import type { Known } from "./schema.ts";
import { assumptionLimits, wayToStatistics } from "./text-limits.ts";

export interface Answered {
  readonly submission: Submission;
  readonly known: Known | undefined;
  readonly analyses: readonly Analysis[];
  readonly improvements: readonly Improvement[];
  readonly rewrites: Output["rewrites"];
  readonly unused: UnusedTold;
  readonly prepared: PreparedTold;
  readonly tried: Output["tried"];
  /** What is to be said of the server and of what was not asked of it. */
  readonly served: readonly string[];
  readonly skipped: readonly string[];
  readonly format: ResponseFormat;
}

/** Lines of a plan. */
const LINES = { concise: 16, detailed: 200 } as const;

export function answerOf(answered: Answered): Output {
  const { submission, known, analyses, improvements, rewrites, unused, prepared, tried, served, format } = answered;
  const isSingle = submission.submitted.length === 1;
  const [only] = analyses;
  const tables = known?.catalog.tables ?? [];
  const taken = new Set(tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  const tellIndexes = (improvement: Improvement) =>
    known ? indexesTold(improvement, { catalog: known.catalog, told: isReal(known), taken, format }) : [];
  const next = nextFor(answered);
  const verdict = worstOf(analyses.map(({ decision }) => decision.verdict));
  const worstReasons = ({ submitted: { number }, decision }: Analysis) =>
    decision.verdict === verdict ? decision.because.map((reason) => `#${number}: ${reason}`) : [];
  return {
    basis: basisOf(answered),
    examined: {
      statements: analyses.length,
      tables: tables.length,
      indexes: tables.reduce((sum, table) => sum + table.indexes.length, 0),
      rules: Math.max(0, ...analyses.map(({ rules }) => rules)),
      skipped: skippedIn(answered),
    },
    verdict,
    because: isSingle ? [...(only?.decision.because ?? [])] : analyses.flatMap(worstReasons),
    findings: analyses.flatMap(({ submitted: { number }, findings }) =>
      findings.map((finding) => ({ ...finding, ...(!isSingle && { statement: number }) })),
    ),
    statements: analyses.map((analysis) => statementOf(analysis, { format, isSingle })),
    ...(isSingle && only && planOf(only, format)),
    reach: analyses.flatMap(({ submitted: { number }, reach }) => reach.map((each) => reachTold(number, each))),
    rewrites,
    indexes: improvements.flatMap(tellIndexes),
    ...(format === "detailed" && known && { unused_indexes: unused, prepared }),
    ...(tried && { tried }),
    limits: [...new Set([...submission.limits, ...served, ...(known?.limits ?? [NO_SCHEMA]), ...ofPlans(answered)])],
    ...(next !== undefined && { next }),
  };
}

const NO_SCHEMA = "nothing is known of the tables: no names, types, indexes or sizes were checked";

/** Whether costs are real, or would be invented. */
export const isReal = ({ sizes, basis }: Known) => sizes === "measured" && basis.statistics !== "none";

/** One plan, of the statement or of its worst execution. */
function planOf({ plan, told, findings }: Analysis, format: ResponseFormat): Pick<Output, "plan"> {
  if (!plan) return {};
  const { totalCost, planRows } = plan.root;
  return {
    plan: {
      tree: planTree(plan, { costs: told, lines: LINES[format] }),
      ...(told && { total_cost: totalCost, rows: planRows, costly: costlyOf(plan) }),
      ...(plan.executionTime !== undefined && { execution_ms: plan.executionTime }),
      ...(told && { view: viewOf(plan, findings) }),
    },
  };
}

type PlanOf = NonNullable<Analysis["plan"]>;

const costlyOf = (plan: PlanOf) =>
  costlyNodes(plan).map(({ node, own, share, reason }) => ({
    node: node.title,
    own: Math.round(own * 100) / 100,
    unit: unitOf(plan),
    share: Math.round(share * 1000) / 1000,
    reason,
  }));

function viewOf(plan: PlanOf, findings: Analysis["findings"]) {
  const { nodes, ...view } = planView(plan, findings);
  return {
    ...view,
    nodes: nodes.map((node) => ({ ...node, conditions: [...node.conditions], facts: [...node.facts], findings: [...node.findings] })),
  };
}

function statementOf(
  analysis: Analysis,
  { format, isSingle }: { readonly format: ResponseFormat; readonly isSingle: boolean },
): Output["statements"][number] {
  const { submitted, refused, decision } = analysis;
  const { number, text, given } = submitted;
  return {
    number,
    sql: shortened(text),
    verdict: decision.verdict,
    because: [...decision.because],
    ...(refused !== undefined && { refused }),
    ...(given && given.executions.length > 0 && { measured: measuredOf(given) }),
    ...(!isSingle && planOf(analysis, format)),
  };
}

function measuredOf({ executions, duration, shapes }: NonNullable<Analysis["submitted"]["given"]>) {
  const slowest = executions[0]?.duration;
  return {
    executions: executions.length,
    plans: shapes,
    ...(duration !== undefined && { total_ms: Math.round(duration * 1000) / 1000 }),
    ...(slowest !== undefined && { slowest_ms: slowest }),
  };
}

/** Whoever planned it is told; of several, who planned the first. */
function basisOf({ known, analyses }: Answered): Basis {
  const by = analyses.find((analysis) => analysis.by)?.by;
  const basis: Basis = known?.basis ?? { source: "none", statistics: "none" };
  return { ...basis, ...by };
}

const skippedIn = ({ submission: { passed }, analyses, improvements, skipped }: Answered): string[] => [
  ...new Set([
    ...analyses.flatMap((analysis) => analysis.skipped),
    ...improvements.flatMap((improvement) => improvement.skipped),
    ...skipped,
    ...(passed.length > 0 ? [`${[...new Set(passed)].join(", ")}: plans are made as without`] : []),
  ]),
];

/** https://www.postgresql.org/docs/current/indexes-opclass.html */
const COLLATION =
  "the database is assumed to sort by the rules of a language, as most do: with the collation C an index finds prefixes as it is";
const restsOnCollation = ({ findings }: Analysis) => findings.some(({ rule }) => rule === "query/like-prefix-non-c-collation");

function ofPlans({ known, analyses, improvements, format }: Answered): readonly string[] {
  const isPlanned = analyses.some(({ plan, by }) => plan && !by);
  const isServed = analyses.some(({ by }) => by) && improvements.some(({ chosen, drafted }) => chosen.length + drafted.length > 0);
  return [
    ...(isServed ? ["costs with an index or a rewrite are the twin's, before and after"] : []),
    ...(known && isPlanned ? assumptionLimits(known.assumptions, format) : []),
    ...(known?.basis.source === "schema_sql" && analyses.some(restsOnCollation) ? [COLLATION] : []),
    ...analyses.flatMap(({ limits }) => limits),
  ];
}

function nextFor({ known, analyses, format }: Answered): string | undefined {
  if (!known) {
    return "analyze_query with schema_sql (the CREATE statements of the tables) and row_counts, or a server started with DATABASE_URL";
  }
  return analyses.some(({ by }) => by) ? undefined : wayToStatistics(known, format);
}
