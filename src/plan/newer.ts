import type { Plan, PlanNode } from "./plan.ts";

/** A plan that PostgreSQL 18 made for a server of another version. */
export interface Borrowed {
  /** `server_version_num` of the server it stands for. */
  readonly versionNumber: number;
  readonly plan: Plan;
  /** The statement, for what is seen only beside it. */
  readonly sql: string;
}

interface Novelty {
  readonly since: 16 | 17 | 18;
  readonly shows: (node: PlanNode, sql: string) => boolean;
  readonly what: string;
}

const has = (type: string) => (node: PlanNode) => node.type === type;
const isOver = ({ children }: PlanNode, ...types: readonly string[]) => children.some(({ type }) => types.includes(type));
const holds = (node: PlanNode, type: string): boolean => node.children.some((child) => child.type === type || holds(child, type));
const isPlainUnion = (sql: string) => /\bunion\b(?!\s+all\b)/i.test(sql);
const countsIntegers = (sql: string) => /\bgenerate_series\s*\(\s*-?\d+\s*,\s*-?\d+\s*[,)]/i.test(sql);
const matchesTwice = ({ conditions }: PlanNode) => conditions.some(({ text }) => text.includes(") AND ("));

/**
 * What came to the planner without a setting that takes it away, where a plan shows it: release notes of 16, 17 and 18
 * (https://www.postgresql.org/docs/release/, "Optimizer"), and what differs from 15 to 18 in costsize.c and indxpath.c
 * of src/backend/optimizer/path.
 */
const novelties: readonly Novelty[] = [
  { since: 16, shows: ({ joinType }) => joinType === "Right Anti", what: "an anti join can hash the side whose rows it keeps" },
  {
    since: 16,
    shows: (node) => has("Hash Join")(node) && node.parallelAware && /^(?:Right|Full)$/.test(node.joinType ?? ""),
    what: "workers can share a right or full hash join",
  },
  { since: 16, shows: has("Incremental Sort"), what: "an Incremental Sort costs less, and can serve DISTINCT" },
  { since: 16, shows: (node) => has("Unique")(node) && isOver(node, "Gather Merge"), what: "workers can sort for DISTINCT" },
  { since: 16, shows: has("Memoize"), what: "a Memoize that does not hold all keys costs less, and can stand over UNION ALL" },
  {
    since: 16,
    shows: ({ label }, sql) => label.startsWith("Partial") && /\b(?:string|array)_agg\s*\(/i.test(sql),
    what: "workers can share string_agg and array_agg",
  },
  {
    since: 17,
    shows: (node) => has("Limit")(node) && holds(node, "WindowAgg"),
    what: "it counts what a window function reads before its first row",
  },
  { since: 17, shows: has("CTE Scan"), what: "it knows the statistics and the order of what a CTE returns" },
  {
    since: 17,
    shows: (node, sql) => /Aggregate|Unique/.test(node.type) && isOver(node, "Append", "Merge Append") && isPlainUnion(sql),
    what: "UNION is costed anew, and can merge sorted inputs",
  },
  {
    since: 17,
    shows: (node, sql) => /Semi$/.test(node.joinType ?? "") && matchesTwice(node) && /\bin\s*\(\s*select\b/i.test(sql),
    what: "an IN subquery that refers to the outer query can become a join",
  },
  {
    since: 17,
    shows: ({ indexCond = "" }) => /\) AND \(.* = ANY /.test(indexCond),
    what: "an index keeps its order where a later column has a list of values",
  },
  { since: 18, shows: ({ joinType }) => joinType === "Right Semi", what: "a semi join can hash the side whose rows it keeps" },
  {
    since: 18,
    shows: (node) => has("Merge Join")(node) && isOver(node, "Incremental Sort"),
    what: "a merge join can sort incrementally",
  },
  { since: 18, shows: has("SetOp"), what: "INTERSECT and EXCEPT read their inputs one by one" },
  {
    since: 18,
    shows: ({ indexCond = "" }, sql) => indexCond.includes("= ANY") && /\bor\b/i.test(sql),
    what: "an index looks up equalities joined by OR as one list",
  },
  { since: 18, shows: (_, sql) => /\bin\s*\(\s*values\b/i.test(sql), what: "IN (VALUES …) is read as a list" },
  {
    since: 18,
    shows: (node, sql) => node.source === "generate_series" && !countsIntegers(sql),
    what: "it knows how many rows generate_series makes of times and numerics",
  },
  {
    since: 18,
    shows: (node, sql) => has("Aggregate")(node) && /\b(?:grouping\s+sets|rollup|cube)\b[\s\S]*\bhaving\b/i.test(sql),
    what: "HAVING over grouping sets can filter before the rows are grouped",
  },
];

/** What the planner of that server may have done otherwise, one sentence each. */
export function newerThan({ versionNumber, plan, sql }: Borrowed): readonly string[] {
  const major = Math.floor(versionNumber / 10_000);
  return novelties
    .filter(({ since, shows }) => major < since && plan.nodes.some((node) => shows(node, sql)))
    .map(({ since, what }) => `PostgreSQL ${major} may plan or cost this otherwise: only from ${since} on ${what}`);
}
