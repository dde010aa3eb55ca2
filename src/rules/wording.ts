import type { PlanNode } from "../plan/plan.ts";

export const count = (number: number) => Math.round(number).toLocaleString("en-US");

export const kilobytes = (bytes: number) => `${count(bytes / 1024)} kB`;

export const size = (bytes: number) => (bytes < 1024 ** 2 ? kilobytes(bytes) : `${tenths(bytes / 1024 ** 2)} MB`);

export const milliseconds = (time: number) => `${tenths(time)} ms`;

const tenths = (number: number) => number.toLocaleString("en-US", { maximumFractionDigits: 1 });

/** Characters; a longer condition would bury the numbers. */
const READABLE = 160;

/** The first of these conditions or keys that the node has, if a sentence can hold it. */
export function conditionOf({ conditions }: PlanNode, ...labels: readonly string[]): string | undefined {
  const text = conditions.find(({ label }) => labels.includes(label))?.text;
  return text === undefined || text.length > READABLE ? undefined : text;
}

/** " by (a = 1)", or nothing. */
export function phrase(node: PlanNode, preposition: "by" | "on", ...labels: readonly string[]): string {
  const text = conditionOf(node, ...labels);
  return text === undefined ? "" : ` ${preposition} ${text}`;
}
