import type { Table } from "../catalog/tables.ts";
import type { Plan, PlanNode } from "../plan/plan.ts";
import { unquote } from "../sql/quote.ts";
import type { Read } from "./wishes.ts";

/** `alias.column` outside of text constants; `alias.*` is the whole row. */
const PARTS = /'(?:[^']|'')*'|("(?:[^"]|"")*"|[\p{L}_][\w$]*)(?:\.("(?:[^"]|"")*"|[\p{L}_][\w$]*|\*))?/gu;

/** Which columns of each relation a plan prints at all. `tables`: by the aliases of the plan. */
export function readByPlan({ nodes }: Plan, tables: ReadonlyMap<string, Table>): readonly Read[] {
  const [only, ...more] = new Set(nodes.flatMap(({ relation }) => relation?.alias ?? []));
  const bare = more.length === 0 ? only : undefined;
  const reads = new Map<string, Set<string>>();
  for (const text of nodes.flatMap((node) => printedBy(node, tables))) {
    for (const [, first, second] of text.matchAll(PARTS)) {
      if (first === undefined) continue;
      const [alias, column] = second === undefined ? [bare, unquote(first)] : [unquote(first), unquote(second)];
      if (alias === undefined || !tables.has(alias)) continue;
      reads.set(alias, (reads.get(alias) ?? new Set()).add(column));
    }
  }
  return Array.from(tables, ([alias, table]) => {
    const names = [...(reads.get(alias) ?? [])];
    const own = names.filter((name) => table.columns.some((column) => column.name === name));
    const isWhole = names.some((name) => name === "*" || systemColumns.has(name));
    return { relation: alias, table, columns: isWhole ? "all" : new Set(own) };
  });
}

/** No index holds them; tableoid alone is known without the row. */
const systemColumns = new Set(["ctid", "xmin", "xmax", "cmin", "cmax"]);

const printedBy = (node: PlanNode, tables: ReadonlyMap<string, Table>): readonly string[] => [
  ...node.conditions.map(({ text }) => text),
  ...(isPhysical(node, tables.get(node.relation?.alias ?? "")) ? [] : node.output),
];

/**
 * A scan below a node that picks its own columns returns the whole row where that is cheaper than to pick
 * (`use_physical_tlist` in src/backend/optimizer/plan/createplan.c).
 */
const isPhysical = ({ parentRelationship, output }: PlanNode, table: Table | undefined) =>
  (parentRelationship === "Outer" || parentRelationship === "Inner") && output.length === table?.columns.length;
