import type { Plan, PlanNode } from "./plan.ts";

/** What one plan does otherwise than another: which read became which, then other work that is gone or new. */
export function changesBetween(before: Plan, after: Plan): readonly string[] {
  const [old, now] = [readsIn(before), readsIn(after)];
  const reads = [...new Set([...old.keys(), ...now.keys()])].flatMap((alias) => {
    const [from, to] = [old.get(alias) ?? [], now.get(alias) ?? []].map((titles) => titles.join(" and "));
    if (from === to) return [];
    return [from === "" ? `new: ${to}` : to === "" ? `gone: ${from}` : `${from} -> ${to}`];
  });
  const [gone, added] = [missing(before, after), missing(after, before)];
  return [
    ...new Set(reads),
    ...(gone.length > 0 ? [`gone: ${gone.join(", ")}`] : []),
    ...(added.length > 0 ? [`new: ${added.join(", ")}`] : []),
  ];
}

/** By the alias, which VERBOSE makes unique. */
function readsIn({ nodes }: Plan): ReadonlyMap<string, readonly string[]> {
  const reads = new Map<string, string[]>();
  for (const node of nodes) {
    const { alias } = node.relation ?? {};
    if (alias === undefined || node.type === "ModifyTable") continue;
    reads.set(alias, [...(reads.get(alias) ?? []), titleOf(node)].sort());
  }
  return reads;
}

/** A bitmap is made by nodes below the one that names the relation. */
function titleOf({ title, children }: PlanNode): string {
  const indexes = [...new Set(children.flatMap(bitmapIndexes))];
  return indexes.length === 0 ? title : title.replace(/^(\S+ \S+ \S+)/, `$1 using ${indexes.join(", ")}`);
}

const bitmapIndexes = (node: PlanNode): readonly string[] =>
  node.index !== undefined && node.type === "Bitmap Index Scan"
    ? [node.index]
    : node.type.startsWith("Bitmap")
      ? node.children.flatMap(bitmapIndexes)
      : [];

/** Labels of joins, sorts and such that are more often in `one` than in `other`. */
function missing(one: Plan, other: Plan): readonly string[] {
  const left = worksIn(other);
  return worksIn(one).filter((label) => {
    const at = left.indexOf(label);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const worksIn = ({ nodes }: Plan): string[] =>
  nodes.flatMap(({ relation, index, label }) => (relation === undefined && index === undefined ? [label] : []));
