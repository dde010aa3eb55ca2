import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

/** Going through a million rows takes a good part of a second of one core; below it another join saves little. */
const VISITED = 1_000_000;

/** With fewer rounds than this the large scan is the trouble, not its repetition. */
const ROUNDS = 10;

/** A join that returns more of what it visits than this was asked for nearly all pairs, and no other join visits fewer. */
const RETURNED = 0.1;

/** Of what the planner gives the join and all below it. Where the rounds take less, what they go through is what costs. */
const FELT = 0.05;

/** What these have read once they keep: what is repeated is going through the kept rows. */
const KEEP = ["Materialize", "Sort", "Hash", "CTE Scan", "Function Scan", "Values Scan", "Named Tuplestore Scan"];

/** The inner side of one nested loop. */
interface Repetition {
  /** What is gone through again and again. */
  readonly scan: PlanNode;
  readonly rounds: number;
  /** Over all rounds. */
  readonly visited: number;
  readonly returned: number;
}

export default planRule({
  id: "plan/nested-loop-explosion",
  severity: "warning",

  *check({ nodes, analyzed }) {
    const aliases = new Set(nodes.flatMap(({ alias }) => alias ?? []));
    for (const join of nodes) {
      if (join.type !== "Nested Loop") continue;
      const repetition = analyzed ? actual(join, aliases) : expected(join, aliases);
      if (!repetition || isFair(repetition)) continue;

      const { scan, rounds, visited, returned } = repetition;
      const what = `through ${count(visited / rounds)} rows of ${scan.title} for each of ${count(rounds)} rows, ${count(visited)} in all, to return ${count(returned)}`;
      yield {
        message: analyzed ? `A nested loop goes ${what}.` : `The planner expects a nested loop to go ${what}.`,
        object: scan.relation && String(scan.relation),
        evidence: { rounds, rowsVisited: visited, rowsReturned: returned },
      };
    }
  },
});

const isFair = ({ rounds, visited, returned }: Repetition) => rounds < ROUNDS || visited < VISITED || returned > RETURNED * visited;

function actual(join: PlanNode, aliases: ReadonlySet<string>): Repetition | undefined {
  const reads = innerReads(join, aliases, ({ loops = 0 }) => loops >= ROUNDS);
  const visits = ({ actualRows = 0, rowsRemovedByFilter = 0 }: PlanNode) => actualRows + rowsRemovedByFilter;
  return repetitionOf(reads, join.actualRows, ({ loops = 0 }) => loops, visits);
}

function expected(join: PlanNode, aliases: ReadonlySet<string>): Repetition | undefined {
  const [outer, inner] = [side(join, "Outer"), side(join, "Inner")];
  if (!outer || !inner) return undefined;
  const once = outer.totalCost + (KEEP.includes(inner.type) ? inner.totalCost : 0);
  if (join.totalCost - once < FELT * join.totalCost) return undefined;
  const rounds = Math.round(outer.expectedRows * outer.expectedShare);
  // A join that stops at the first match is cheaper than its rounds: what it costs bounds how far each goes.
  const wholeRounds = ((join.totalCost - outer.totalCost) / inner.totalCost) * (outer.expectedRows / Math.max(1, outer.planRows));
  const stops = inner.mayStopEarly && inner.totalCost > 0 && inner.type !== "Materialize";
  const reads = innerReads(join, aliases, (node) => dependsOn(node, aliases));
  const size = ({ type, relationRows, planRows, expectedShare }: PlanNode) =>
    (type === "Seq Scan" ? (relationRows ?? planRows) : planRows) * expectedShare;
  return repetitionOf(
    reads,
    join.expectedRows,
    () => rounds,
    (scan) => Math.round(size(scan) * (stops ? Math.min(rounds, wholeRounds) : rounds)),
  );
}

type Count = (read: PlanNode) => number;

function repetitionOf(reads: readonly PlanNode[], returned: number | undefined, rounds: Count, visits: Count): Repetition | undefined {
  const [first] = reads;
  const visited = reads.reduce((sum, read) => sum + visits(read), 0);
  return first && { scan: scanned(first), rounds: rounds(first), visited, returned: returned ?? 0 };
}

const side = ({ children }: PlanNode, name: "Outer" | "Inner") => children.find(({ parentRelationship }) => parentRelationship === name);

/** What each round goes through, look-ups in an index apart. A nested loop further in answers for its own inner side. */
function innerReads(join: PlanNode, aliases: ReadonlySet<string>, runsAgain: (node: PlanNode) => boolean): PlanNode[] {
  const reads = (node: PlanNode): PlanNode[] => {
    const below = node.children.filter(feeds).filter((child) => node.type !== "Nested Loop" || child.parentRelationship !== "Inner");
    if (node.type.endsWith("Scan")) return isLookup(node, aliases) ? [] : [node];
    if (KEEP.includes(node.type) && !below.some(runsAgain)) return node.type === "Hash" ? [] : [node];
    return below.length === 0 ? [node] : below.flatMap(reads);
  };
  const inner = side(join, "Inner");
  return inner ? reads(inner) : [];
}

const feeds = ({ parentRelationship }: PlanNode) => parentRelationship !== "InitPlan" && parentRelationship !== "SubPlan";

/** The scan, or the join, under what keeps its rows. */
function scanned(node: PlanNode): PlanNode {
  const [child, ...others] = node.children.filter(feeds);
  return child && others.length === 0 && !node.type.endsWith("Scan") ? scanned(child) : node;
}

/** An index is asked for the rows that match the outer row: its condition names a column of another relation. */
const isLookup = (node: PlanNode, aliases: ReadonlySet<string>): boolean =>
  [node, ...node.children].some(({ indexCond }) => indexCond !== undefined && names(indexCond, aliases, [node]));

const dependsOn = (node: PlanNode, aliases: ReadonlySet<string>): boolean => {
  const all = below(node);
  return all.some(({ conditions }) => conditions.some(({ text }) => names(text, aliases, all)));
};

const below = (node: PlanNode): PlanNode[] => [node, ...node.children.flatMap(below)];

/** EXPLAIN writes a column of another relation with its alias in front. */
function names(condition: string, aliases: ReadonlySet<string>, own: readonly PlanNode[]) {
  const known = new Set(own.map(({ alias }) => alias));
  const text = condition.replaceAll(/'(?:[^']|'')*'/g, "''");
  const prefixes = [...text.matchAll(/(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\./gu)];
  return prefixes
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "")
    .some((prefix) => aliases.has(prefix) && !known.has(prefix));
}

const count = (number: number) => Math.round(number).toLocaleString("en-US");
