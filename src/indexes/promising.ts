import type { Plan, PlanNode } from "../plan/plan.ts";

/** Planner's units, with its default settings (https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-CONSTANTS). */
const price = {
  /** A page that is not read in sequence. */
  page: 4,
  /** One row by a B-tree: two such pages. */
  lookUp: 8,
  /** Of many rows that stand side by side: a hundredth of a page, and the work on an entry and a row. */
  beside: 0.02,
  /** A look-up that is repeated so often that the pages of its index are cached. */
  repeated: 0.3,
  /** A row that such a look-up finds: some pages are met again. */
  found: 1,
};

/** Share of a plan's cost that an index on a table has to save, by this arithmetic, to be tried. */
const WORTH = 0.1;

/**
 * What an index could save in each relation of a plan, in the planner's units, without asking the planner: what reading it costs
 * now, less what reading only the needed rows would cost where they stand side by side, or are looked up for the rows of another
 * side of a join. Where this is little, no index is tried; the planner has the last word where it is not.
 */
function savingsIn({ root }: Plan): ReadonlyMap<string, number> {
  const savings = new Map<string, number>();
  const add = (node: PlanNode, saving: number) => {
    const name = node.relation && `${node.relation.schema}.${node.relation.name}`;
    if (name !== undefined && saving > 0) savings.set(name, (savings.get(name) ?? 0) + saving);
  };
  const visit = (node: PlanNode, wanted: Wanted): void => {
    if (scans.has(node.type) && !isServed(node)) add(node, costOfScan(node) - leastFor(node, wanted));
    const sorted = node.type === "Sort" ? scanBelow(node) : undefined;
    if (sorted) add(sorted, node.ownCost);
    for (const child of node.children) visit(child, wantedOf(child, node, wanted));
  };
  visit(root, ALL);
  return savings;
}

/** The relations, as "schema.name", on which an index could save a part of the plan's cost that is worth having. */
export function promising(plan: Plan): ReadonlySet<string> {
  const enough = plan.root.totalCost * WORTH;
  return new Set([...savingsIn(plan)].filter(([, saving]) => saving >= enough).map(([name]) => name));
}

/** What is needed of the rows below. */
interface Wanted {
  /** In all. */
  readonly most: number;
  /** For each join above: rows of its other side, and the share of rows of this side that find a match. */
  readonly joins: readonly { readonly loops: number; readonly share: number }[];
}

const ALL: Wanted = { most: Number.POSITIVE_INFINITY, joins: [] };

const scans = new Set(["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"]);
const joins = new Set(["Nested Loop", "Hash Join", "Merge Join"]);
/** That hand on rows of what is below as they are, and need no more of them than they are asked for. */
const passing = new Set([
  "Limit",
  "Sort",
  "Incremental Sort",
  "Gather",
  "Gather Merge",
  "Materialize",
  "Memoize",
  "Hash",
  "Result",
  "Append",
  "Merge Append",
  "ModifyTable",
]);

/** An index finds what is asked for and nothing else. */
const isServed = ({ type, filter, children }: PlanNode) =>
  filter === undefined &&
  (type.startsWith("Index") || (type === "Bitmap Heap Scan" && children.every((child) => child.type === "Bitmap Index Scan")));

/** With its bitmap. */
const costOfScan = ({ ownCost, children }: PlanNode): number =>
  children.filter(({ type }) => type.startsWith("Bitmap")).reduce((sum, child) => sum + costOfScan(child), ownCost);

function leastFor({ expectedRows, relationPages = Number.POSITIVE_INFINITY }: PlanNode, wanted: Wanted): number {
  const few = Math.min(expectedRows, wanted.most);
  const looked = wanted.joins.map(
    ({ loops, share }) => price.repeated * loops + Math.min(price.found * expectedRows * share, price.page * relationPages),
  );
  return price.lookUp + Math.min(price.beside * few, ...looked);
}

function wantedOf(child: PlanNode, node: PlanNode, wanted: Wanted): Wanted {
  const { type, expectedRows, output, children } = node;
  if (child.subplanName !== undefined) return ALL;
  if (type === "Limit") return { ...wanted, most: Math.min(wanted.most, expectedRows) };
  if (passing.has(type)) return wanted;
  if (joins.has(type)) {
    const loops = Math.max(0, ...children.filter((each) => each !== child).map((each) => each.expectedRows));
    return { most: wanted.most, joins: [...wanted.joins, { loops, share: Math.min(1, expectedRows / Math.max(1, child.expectedRows)) }] };
  }
  const isEnd = type === "Aggregate" && output.length > 0 && output.every((each) => /^(?:min|max)\(/.test(each));
  return isEnd ? { ...ALL, most: 1 } : ALL;
}

function scanBelow({ children: [child] }: PlanNode): PlanNode | undefined {
  if (!child || scans.has(child.type)) return child;
  return passing.has(child.type) ? scanBelow(child) : undefined;
}
