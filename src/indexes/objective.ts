import type { Planned } from "./planner.ts";

/** Of all statements of a workload together. */
export interface Totals {
  /** Of the planner's costs, by calls. */
  readonly sum: number;
  /** Of the square roots of what is left of each cost: {@link rootOf}. */
  readonly roots: number;
}

/** `costs`: of each of the statements, in their order. */
export const totalsOf = (statements: readonly Planned[], costs: readonly number[]): Totals => ({
  sum: statements.reduce((sum, { weight }, place) => sum + weight * (costs[place] ?? 0), 0),
  roots: statements.reduce((sum, { plan }, place) => sum + rootOf(costs[place] ?? 0, plan.root.totalCost), 0),
});

/**
 * Of the share of its cost that a statement is left with, 0 to 1: between the share, in which a tenth and a hundredth are nearly the same,
 * and its logarithm, in which a thousandth is still worth as much again.
 */
export const rootOf = (cost: number, before: number) => Math.sqrt((cost + 1) / (before + 1));

/** What the mean of the roots counts for beside the logarithm of the sum. */
const EACH = 3;

/**
 * How dear a workload is, lower is better: the logarithm of the sum of all costs by their calls, and beside it how much is left of each. The
 * sum alone is ruled by the dearest statement: where two of 22 are a thousand times dearer than the rest together, nothing that helps the
 * other 20 would count.
 */
export const dearness = ({ sum, roots }: Totals, statements: number): number =>
  Math.log(Math.max(0, sum) + 1) + (EACH * roots) / Math.max(1, statements);
