import type { Advice } from "../indexes/advise.ts";
import { count } from "./answer.ts";

interface Summed {
  readonly cost_before?: number;
  readonly cost_after?: number;
  readonly planned: number;
  readonly told: boolean;
  /** Share of a statement's cost. */
  readonly leastGain: number;
  /** Ways in which values may be spread, under all of which the indexes are worth it. */
  readonly spreads: number;
}

/** Of the cost before: less is rounding. */
const DEARER = 1.001;

export function verdictOf({ chosen, candidates, statements }: Advice, summed: Summed): string {
  const { cost_before = 0, cost_after = 0, planned, told, leastGain, spreads } = summed;
  if (planned === 0) return "No statement could be planned.";
  if (candidates === 0) return "Nothing to try: no condition, join or order is one that an index could serve.";
  if (chosen.length === 0) {
    const none = `Add none: of ${count(candidates, "candidate")} no one`;
    return told
      ? `${none} makes a plan at least ${Number((leastGain * 100).toFixed(2))} % cheaper.`
      : `${none} is worth its keep, if values are spread as assumed.`;
  }
  const bytes = chosen.reduce((sum, each) => sum + each.bytes, 0);
  const dearer = statements.flatMap((each) => (each.refused === undefined && each.after > each.before * DEARER ? [each] : []));
  const added = `Add ${chosen.length} of ${count(candidates, "candidate")}`;
  if (!told) {
    const less = dearer.length === 0 ? "" : `. Less useful with them: ${dearer.map(({ number }) => `#${number}`).join(", ")}`;
    const how =
      spreads > 1 ? `whether values are spread as assumed, or ten times fewer or more are different` : "if values are spread as assumed";
    return `${added}, the most useful first, ${how}${less}.`;
  }
  const costs = dearer.map(({ number, before, after }) => `#${number} ${written(before)} -> ${written(after)}`);
  const regressions = dearer.length === 0 ? "No statement gets dearer." : `Dearer: ${costs.join(", ")}.`;
  return `${added}, ${size(bytes)}. Weighted planner cost ${written(cost_before)} -> ${written(cost_after)}. ${regressions}`;
}

const MB = 1024 * 1024;

export const size = (bytes: number) => (bytes >= MB ? `${(bytes / MB).toFixed(1)} MB` : `${Math.round(bytes / 1024)} kB`);

/** A cost, as precise as it is of use. */
export const written = (number: number) => number.toLocaleString("en-US", { maximumFractionDigits: number < 100 ? 2 : 0 });
