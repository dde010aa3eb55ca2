import type { ToolError } from "../../error.ts";
import type { Place } from "./built-in-functions.ts";
import { type FunctionFacts, isBuiltIn, written } from "./functions.ts";
import { type Layer, refused } from "./refused.ts";

/** Where something is used. */
export interface Source {
  readonly layer: Layer;
  /** "the view public.totals"; undefined for the statement itself. */
  readonly what: string | undefined;
  readonly place: Place;
  /** Views and functions that the statement reaches this through. */
  readonly depth: number;
  /** What of the statement's expansion it belongs to: see `expansion.ts`. */
  readonly part: string;
}

export const theStatement: Source = { layer: "functions", what: undefined, place: "call", depth: 0, part: "statement" };

export function refusedFunction(facts: FunctionFacts, objection: string, { layer, what }: Source): ToolError {
  const reason = what === undefined ? `the function ${written(facts)} ${objection}` : `${what} calls ${written(facts)}, which ${objection}`;
  const leave = `Leave ${what ?? "it"} out of the statement`;
  const name = `${facts.schema}.${facts.name}`;
  const trust = `or, if the function only reads, start the server with --trust-function ${/^[\w.]+$/.test(name) ? name : `"${name}"`}`;
  return refused(layer, reason, isBuiltIn(facts) ? `${leave}.` : `${leave}, ${trust}.`);
}
