import type { Finding } from "../finding.ts";
import { sql } from "../sql/quote.ts";
import type { Custom, Prepared } from "./compare.ts";
import type { Drawn } from "./values.ts";

/** Below a factor of ten in rows the planner usually still picks the same plan; so much in cost is another plan. */
const FACTOR = 10;
/** Planner's units: where neither plan costs as much, little is lost. */
const COST = 1000;

/** Where a prepared statement may keep a plan that is far from the one for its values, and does other work. */
export function genericPlanRisk({ generic, custom, keeps }: Prepared): Finding | undefined {
  if (keeps === "custom") return undefined;
  const far = custom.filter(({ sameShape, factor, cost }) => !sameShape && factor >= FACTOR && Math.max(cost, generic.cost) >= COST);
  const [worst] = far.toSorted((one, other) => other.factor - one.factor);
  if (!worst) return undefined;
  return {
    rule: "plan/prepared-generic-plan-risk",
    severity: "warning",
    message: `${kept[keeps](written(generic.cost))}; ${forValues(worst)} the plan would be another, of cost ${written(worst.cost)}.`,
    evidence: { genericCost: generic.cost, customCost: worst.cost, factor: Math.round(worst.factor) },
    fix: sql`set plan_cache_mode = force_custom_plan;`,
    undo: sql`reset plan_cache_mode;`,
    page: "knowledge://rules-plan/prepared-generic-plan-risk",
  };
}

const kept = {
  generic: (cost: string) =>
    `From its sixth execution on, a prepared statement is run by a plan of cost ${cost} that was made without its values`,
  "by the first five": (cost: string) =>
    `A prepared statement whose first five executions cost more than ${cost} on average is then run by a plan that was made without its values`,
};

const written = (cost: number) => cost.toLocaleString("en-US", { maximumFractionDigits: cost < 100 ? 2 : 0 });

const forValues = ({ values }: Custom) => `for ${[...new Set(values.map(described))].join(" and ")}`;

/** "a common value of status (90 % of the rows)" */
export const described = ({ kind, column, share }: Drawn): string =>
  `a ${kind} of ${column}${share === undefined ? "" : ` (${percent(share)} of the rows)`}`;

const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`;
