import type { Plan } from "../../src/plan/plan.ts";

/** That a join stops at the first match is printed with VERBOSE only, and with it what follows from it. */
const VERBOSE = ["innerUnique", "mayStopEarly"];

/** A plan without what EXPLAIN's text format leaves out: zeros, what is off, and what is told otherwise. As JSON, line by line. */
export function toldByText({ root, ...statement }: Plan, options: string): string {
  const left = options.includes("verbose") ? [] : VERBOSE;
  const triggers = statement.triggers.map(({ time, calls }) => ({ time, calls }));
  const settings = [...(statement.settings ?? [])];
  return JSON.stringify(told({ root, jit: statement.jit, triggers, settings }, left), null, 1);
}

function told(value: unknown, left: readonly string[]): unknown {
  if (value === 0 || value === false || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => told(item, left)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, part]) => {
    const kept = typeof part === "function" || left.includes(key) ? undefined : told(part, left);
    return kept === undefined ? [] : [[key, kept]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
