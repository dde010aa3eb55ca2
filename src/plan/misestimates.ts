import { type Name, nameOf, quote, raw, sql } from "../sql/quote.ts";
import { type Compared, columnIn, comparedIn } from "./compared.ts";
import type { PlanNode } from "./plan.ts";

/** A node that makes an estimate wrong, while those below it were estimated well. */
export interface Misestimate {
  readonly node: PlanNode;
  /** What came, beside what was expected. */
  readonly error: "more" | "fewer";
  /** How many times as many, or as few. */
  readonly factor: number;
  /** What would tell the planner, and how it is taken back. Nothing does where tables are joined: no statistics span two. */
  readonly remedy: Remedy | undefined;
  /** Rows that the planner expects by the statistics that are there now, where those make it right. */
  readonly now?: number;
  /** Rows that it expects with the remedy, where somebody asked and they make it right. */
  readonly remedied?: number;
}

export interface Remedy {
  readonly sql: string;
  readonly undo: string | undefined;
}

/** Below a factor of ten the planner usually still picks the same join. */
export const FACTOR = 10;

/** With fewer rows than this on both sides no choice of the planner costs much. */
const ROWS = 1_000;

interface Around {
  readonly ctes: ReadonlyMap<string | undefined, PlanNode>;
  /** A Merge Join goes back in its inner side, and rows that are read again count again. */
  readonly readAgain: ReadonlySet<PlanNode>;
}

/** The lowest nodes that bring a wrong estimate in, in the order of the plan. */
export function misestimatesIn(nodes: readonly PlanNode[]): readonly Misestimate[] {
  const around: Around = {
    ctes: new Map(nodes.map((node) => [node.subplanName, node])),
    readAgain: new Set(nodes.flatMap((node) => (node.type === "Merge Join" ? node.children.filter(isInner) : []))),
  };
  const large = nodes.filter(({ expectedRows, actualRows = 0 }) => Math.max(expectedRows, actualRows) >= ROWS);
  const found = new Map<PlanNode, Misestimate>();
  for (const node of large)
    for (const error of ["more", "fewer"] as const)
      for (const cause of causes(node, error, around))
        if (!found.has(cause)) found.set(cause, { node: cause, error, factor: factor(cause, error), remedy: remedyFor(cause) });
  return [...found.values()];
}

/** The lowest nodes that make this one wrong. A node is a cause if it adds a factor of its own to what its inputs bring. */
function causes(node: PlanNode, error: Misestimate["error"], around: Around): readonly PlanNode[] {
  const wrong = factor(node, error);
  if (wrong < FACTOR || isExcused(node, error, around)) return [];
  const inputs = inputsOf(node, around);
  const brought = inputs.map((input) => Math.max(1, factor(input, error)));
  const inherited = node.type.endsWith("Append") ? Math.max(1, ...brought) : brought.reduce((product, one) => product * one, 1);
  if (wrong >= FACTOR * inherited) return [node];
  const below = inputs.flatMap((input) => causes(input, error, around));
  return below.length > 0 ? below : [node];
}

function factor({ type, loops, expectedRows, actualRows, actualRowsAtMost }: PlanNode, error: Misestimate["error"]): number {
  if (!loops || actualRows === undefined || actualRowsAtMost === undefined || UNCOUNTED.includes(type)) return 1;
  return error === "more" ? actualRows / Math.max(1, expectedRows) : expectedRows / Math.max(1, actualRowsAtMost);
}

/** A bitmap does not count its rows exactly; the rows of a recursion are a guess that nothing improves; changed rows are not estimated. */
const UNCOUNTED = ["BitmapAnd", "BitmapOr", "Bitmap Index Scan", "WorkTable Scan", "Recursive Union", "ModifyTable"];

/** Too few rows say nothing where nobody asked for the rest, or where an input had none: the planner never expects less than one. */
const isExcused = (node: PlanNode, error: Misestimate["error"], { readAgain }: Around) =>
  error === "more" ? readAgain.has(node) : node.mayStopEarly || node.children.some((child) => feeds(child) && !child.actualRows);

const inputsOf = (node: PlanNode, { ctes }: Around) =>
  node.type === "CTE Scan" ? [ctes.get(`CTE ${node.source}`)].filter((cte) => cte !== undefined) : node.children.filter(feeds);

const isInner = ({ parentRelationship }: PlanNode) => parentRelationship === "Inner";
const feeds = ({ parentRelationship }: PlanNode) => parentRelationship !== "InitPlan" && parentRelationship !== "SubPlan";

function remedyFor(node: PlanNode): Remedy | undefined {
  const { relation } = node;
  if (relation) return node.type === "Foreign Scan" ? analyze(relation) : remedyForScan(node, relation);
  return node.type === "Aggregate" || node.type === "Group" || node.type === "Unique" ? remedyForGroups(node) : undefined;
}

const analyze = (relation: Name): Remedy => ({ sql: sql`analyze ${relation};`, undo: undefined });

/** One column has statistics of its own, which ANALYZE makes anew; what several hold together, or an expression, needs its own. */
function remedyForScan({ indexCond, recheckCond, filter }: PlanNode, relation: Name): Remedy {
  const [first, ...more] = distinct([indexCond, recheckCond, filter].flatMap((condition = "") => comparedIn(condition)));
  if (!first || (first.kind === "column" && more.length === 0)) return analyze(relation);
  return statisticsOn([first, ...more], relation);
}

/** Groups of several columns of one relation: how many combinations there are. */
function remedyForGroups(node: PlanNode): Remedy | undefined {
  const keys = node.conditions.filter(({ label }) => label === "Group Key").flatMap(({ text }) => text.split(", "));
  const columns = keys.flatMap((key) => columnIn(key) ?? []);
  const scans = below(node).filter(
    ({ relation, alias }) => relation && columns.every((column) => [undefined, alias].includes(column.alias)),
  );
  const relation = scans[0]?.relation;
  if (!relation || scans.length > 1 || columns.length < Math.max(2, keys.length)) return undefined;
  return statisticsOn(distinct(columns.map(({ name }) => ({ kind: "column", text: name }))), relation);
}

const below = (node: PlanNode): readonly PlanNode[] => node.children.flatMap((child) => [child, ...below(child)]);

const distinct = (compared: readonly Compared[]): readonly Compared[] => [
  ...new Map(compared.map((one) => [`${one.kind} ${one.text}`, one])).values(),
];

/** `STATS_MAX_DIMENSIONS` in src/include/statistics/statistics.h. */
const MOST = 8;

/** Bytes; Postgres cuts longer names (`NAMEDATALEN` in src/include/pg_config_manual.h). */
const LONGEST_NAME = 63;

function statisticsOn(compared: readonly Compared[], relation: Name): Remedy {
  const items = compared.slice(0, MOST);
  const words = [relation.name, ...items.flatMap(({ kind, text }) => (kind === "column" ? [text] : []))].join("_");
  const name = nameOf(relation.schema, `${words.slice(0, LONGEST_NAME - "_stats".length)}_stats`);
  const list = raw(items.map(({ kind, text }) => (kind === "column" ? quote(text) : `(${text})`)).join(", "));
  return {
    sql: sql`create statistics ${name} on ${list} from ${relation}; analyze ${relation};`,
    undo: sql`drop statistics ${name};`,
  };
}
