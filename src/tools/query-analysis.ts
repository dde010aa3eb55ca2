import { withSpread } from "../catalog/spread.ts";
import type { Table } from "../catalog/tables.ts";
import { type Finding, severities } from "../finding.ts";
import type { Plan } from "../plan/plan.ts";
import { type Reach, reachOf, type Surroundings } from "../reach/reach.ts";
import { planRules } from "../rules/plan-rules.ts";
import { queryRules } from "../rules/query-rules.ts";
import { run } from "../rules/rule.ts";
import { type Query, readQuery } from "../sql/query.ts";
import { spanAsWritten } from "../sql/written-text.ts";
import type { Basis } from "./answer.ts";
import type { Submitted } from "./query-statements.ts";
import { type Furniture, noFurniture } from "./query-surroundings.ts";
import { type Decision, decide, needsStatistics } from "./query-verdict.ts";
import type { Known } from "./schema.ts";

/** Whose plan it is where the twin did not make it: its numbers are what some server said. */
export type By = Pick<Basis, "planner" | "sent">;

export interface Seen {
  readonly submitted: Submitted;
  /** Undefined where there is neither a schema nor a database. */
  readonly known: Known | undefined;
  readonly furniture?: Furniture;
  readonly plan: Plan | undefined;
  readonly by?: By | undefined;
  /** What Postgres, or a name that is not there, says no with. */
  readonly refused?: string | undefined;
  /** What else was found in its plans. */
  readonly more?: readonly Finding[];
  /** Why it could not be planned, and what is to be said of its plan. */
  readonly limits: readonly string[];
}

/** What is known of one statement when it was read, planned and judged. */
export interface Analysis extends Pick<Seen, "submitted" | "plan" | "by" | "limits"> {
  readonly query: Query<Table> | undefined;
  /** Whether costs and rows rest on something, or would be invented. */
  readonly told: boolean;
  readonly findings: readonly Finding[];
  readonly rules: number;
  /** Rules that were not asked, and why. */
  readonly skipped: readonly string[];
  readonly refused: string | undefined;
  readonly reach: readonly Reach[];
  readonly decision: Decision;
}

export async function analysisOf(seen: Seen): Promise<Analysis> {
  const { submitted, known, plan, by, refused, more = [], limits } = seen;
  const { statement } = submitted;
  const query = statement && readQuery<Table>(statement, (name) => found(known?.find(name), known));
  const told = by !== undefined || (known?.sizes === "measured" && known.basis.statistics !== "none");
  const judgedPlan = told ? plan : undefined;
  const findings = refused === undefined ? judge({ query, plan: judgedPlan, more, version: versionOf(known) }) : [];
  const reach = query ? await reachOf({ query, plan, told: told && plan !== undefined, surroundings: surroundingsOf(seen) }) : [];
  const unknown = refused === undefined ? unknownOf(seen, { query, told }) : [];
  return {
    ...{ submitted, plan, by, limits, query, told, findings, reach, refused },
    rules: (query ? queryRules.length : 0) + (judgedPlan ? planRules.length : 0),
    skipped:
      judgedPlan || !query || refused !== undefined ? [] : [plan ? "plan rules: what they weigh would be assumed" : "plan rules: no plan"],
    decision: decide({ findings, refused, reach, unknown }),
  };
}

const found = (table: Table | undefined, known: Known | undefined) => table && known && withSpread(table, known.catalog.statistics);

/** Of DDL text every rule is asked: nobody says on which version it will run. */
const versionOf = (known: Known | undefined) =>
  known && known.basis.source !== "schema_sql" ? Math.floor(known.directory.settings.versionNumber / 10_000) : undefined;

interface Judged {
  readonly query: Query<Table> | undefined;
  readonly plan: Plan | undefined;
  readonly more: readonly Finding[];
  readonly version: number | undefined;
}

/** The gravest first; of two alike, what the text shows before what the plan shows. */
function judge({ query, plan, more, version }: Judged): readonly Finding[] {
  const inText = query ? run(queryRules, query, version) : [];
  const found = [...inText, ...(plan ? run(planRules, plan, version) : []), ...more].map((each) =>
    each.span && query ? { ...each, span: spanAsWritten(query.statement, each.span) } : each,
  );
  return severities.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

function surroundingsOf({ known, furniture = noFurniture }: Seen): Surroundings {
  const { triggers, policies, roles } = furniture;
  return { triggers, policies, roles, tables: known?.catalog.tables ?? [], statistics: known?.catalog.statistics ?? [] };
}

const NO_SCHEMA = "nothing is known of its tables";

/** What of the rules could not be asked, so that nothing found says little. */
function unknownOf({ submitted, known, plan, limits }: Seen, { query, told }: Pick<Analysis, "query" | "told">): readonly string[] {
  const { aside, given } = submitted;
  if (aside !== undefined) return [aside];
  if (given || !query || (plan && told)) return [];
  const isBare = query.levels.every(({ items }) => items.every(({ kind }) => kind !== "relation"));
  if (isBare && (plan || !known)) return [];
  if (!known) return [NO_SCHEMA];
  if (!plan && known.sizes !== "unknown") return limits.length > 0 ? limits : ["it could not be planned"];
  if (!needsStatistics(query)) return [];
  return [
    known.sizes === "unknown"
      ? "how large its tables are is not known, so it was not planned"
      : "there are no statistics, so its plan was not judged",
  ];
}
