import type { Chosen } from "../indexes/advise.ts";
import { keysSql } from "../indexes/key.ts";
import type { Subject } from "./schema.ts";

interface Confidence {
  readonly confidence: "high" | "medium" | "low";
  /** What it would take to be surer. */
  readonly confidence_why: string[];
}

/** How far the costs of an index can be trusted: by the statistics that they rest on, and by what was guessed of the index itself. */
export function confidenceIn({ candidate, limits }: Chosen, { basis, sizes }: Pick<Subject, "basis" | "sizes">): Confidence {
  const { keys, method } = candidate;
  if (sizes !== "measured" || basis.statistics === "none" || basis.statistics === "assumed")
    return { confidence: "low", confidence_why: ["there are no statistics"] };
  const blind = limits.filter((limit) => limit.startsWith("no statistics"));
  if (blind.length > 0) return { confidence: "low", confidence_why: blind };
  const why = [
    ...(basis.statistics === "partial" ? ["statistics of some tables are missing"] : []),
    ...limits,
    ...(keys.length > 1 ? [`how often the values of ${keysSql(keys)} meet is the planner's guess`] : []),
    ...(method === "btree" ? [] : [`the size of a ${method} index is told within 25 %`]),
  ];
  return why.length === 0 ? { confidence: "high", confidence_why: [] } : { confidence: "medium", confidence_why: why };
}
