import type { Planned } from "./planner.ts";

/** Planner costs of all statements of a workload, in its order. */
export type Costs = readonly number[];

/** Of all statements together. */
export interface Totals {
  /** Of the costs, by calls. */
  readonly sum: number;
  /** Of the logarithms of the costs. */
  readonly logarithms: number;
}

export function totalsOf(planned: readonly Planned[], costs: Costs): Totals {
  let totals: Totals = { sum: 0, logarithms: 0 };
  for (const [place, statement] of planned.entries()) totals = withCost(totals, statement, { from: undefined, to: costs[place] ?? 0 });
  return totals;
}

/** The same with one statement's cost changed, or added. */
export const withCost = (
  { sum, logarithms }: Totals,
  { weight }: Planned,
  { from, to }: { readonly from: number | undefined; readonly to: number },
): Totals => ({
  sum: sum + weight * (to - (from ?? 0)),
  logarithms: logarithms + Math.log(to + 1) - (from === undefined ? 0 : Math.log(from + 1)),
});

/** What the mean of the logarithms counts for beside the logarithm of the sum. */
const EACH = 0.1;

/**
 * How dear a workload is, lower is better: the logarithm of the sum of all costs by their calls, and beside it the mean of the
 * logarithms of each. The sum alone is ruled by the dearest statement: where two of 22 are a thousand times dearer than the rest together,
 * nothing that helps the other 20 would count.
 */
export const dearness = ({ sum, logarithms }: Totals, statements: number): number =>
  Math.log(Math.max(0, sum) + 1) + (EACH * logarithms) / Math.max(1, statements);
