import type { Plan, PlanNode } from "./plan.ts";

/**
 * Two plans do the same work in the same way exactly if their shapes are equal: nodes, relations, indexes and what is
 * looked up in them, join types, nesting, order, groups, workers. Left out is what differs for the same plan: costs,
 * schemas (printed with VERBOSE only), constants, and conditions that a node only checks.
 */
export const shapeOf = ({ root }: Plan): string => shape(root);

function shape(node: PlanNode): string {
  const { label, relation, index, source, children, subplanName, workersPlanned } = node;
  const parts = [
    subplanName?.replace(/ \(returns .*\)$/, ""),
    label,
    relation?.name ?? source,
    relation && relation.alias !== relation.name ? relation.alias : undefined,
    index && `using ${index}`,
    ...node.conditions.filter(({ label }) => ways.has(label)).map(({ label, text }) => `${ways.get(label)} ${bare(text)}`),
    workersPlanned && `with ${workersPlanned} workers`,
  ];
  const below = children.length === 0 ? "" : `(${children.map(shape).join(", ")})`;
  return parts.filter(Boolean).join(" ") + below;
}

/** Conditions and keys that say how a node works. */
const ways: ReadonlyMap<string, string> = new Map([
  ["Index Cond", "on"],
  ["Order By", "by"],
  ["TID Cond", "on"],
  ["Sort Key", "by"],
  ["Presorted Key", "after"],
  ["Group Key", "by"],
]);

const literal = String.raw`'(?:[^']|'')*'|\$\d+|\(InitPlan \d+\)\.col\d+|(?<![\w.$"])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?\b`;
const cast = String.raw`::(?:"[^"]*"|[a-z_][\w. ]*\w)(?:\(\d+(?:,\d+)?\))?(?: with(?:out)? time zone)?(?:\[\])*`;
const constant = new RegExp(`(?:${literal})(?:${cast})?`, "g");

/** `o.` of `o.id`: whether it is printed depends on VERBOSE and on the number of relations. */
const qualifier = /"(?:[^"]|"")*"\.|\b[\p{L}_][\p{L}\p{N}_$]*\./gu;

const bare = (condition: string) => condition.replaceAll(constant, "?").replaceAll(qualifier, "");
