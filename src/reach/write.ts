import type { Table } from "../catalog/tables.ts";
import type { Plan, PlanNode } from "../plan/plan.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";

/** One thing that becomes of rows of a table. */
export interface Change {
  readonly kind: "insert" | "update" | "delete";
  /** That an UPDATE sets. */
  readonly columns: readonly string[];
}

/** An INSERT, UPDATE, DELETE or MERGE: the statement itself, or a WITH query in it. */
export interface Write {
  readonly operation: "insert" | "update" | "delete" | "merge";
  readonly level: Level<Table>;
  readonly target: Item<Table>;
  readonly changes: readonly Change[];
  /** Of a MERGE: some of the rows that match may be left as they are. */
  readonly spares: boolean;
}

export function writesIn({ levels }: Query<Table>): readonly Write[] {
  return levels.flatMap((level): readonly Write[] => {
    const { kind, items } = level;
    const [target] = items;
    return target && kind !== "select" && kind !== "set"
      ? [{ operation: kind, level, target, changes: changesOf(level), spares: sparesRows(level) }]
      : [];
  });
}

function changesOf(level: Level<Table>): readonly Change[] {
  const { node } = level;
  if ("UpdateStmt" in node) return [update(node.UpdateStmt.targetList)];
  if ("DeleteStmt" in node) return [{ kind: "delete", columns: [] }];
  if ("MergeStmt" in node) return clausesOf(level).flatMap(whenClause);
  const conflict = "InsertStmt" in node ? node.InsertStmt.onConflictClause : undefined;
  return [{ kind: "insert", columns: [] }, ...(conflict?.action === "ONCONFLICT_UPDATE" ? [update(conflict.targetList)] : [])];
}

type Nodes = readonly object[] | undefined;

const update = (targets: Nodes): Change => ({
  kind: "update",
  columns: (targets ?? []).flatMap((node) => ("ResTarget" in node ? ((node.ResTarget as { name?: string }).name ?? []) : [])),
});

const whenKinds: Readonly<Record<string, Change["kind"]>> = { CMD_INSERT: "insert", CMD_UPDATE: "update", CMD_DELETE: "delete" };

const clausesOf = ({ node }: Level<Table>): readonly WhenClause[] =>
  "MergeStmt" in node
    ? (node.MergeStmt.mergeWhenClauses ?? []).flatMap((each) => ("MergeWhenClause" in each ? [each.MergeWhenClause as WhenClause] : []))
    : [];

interface WhenClause {
  readonly commandType?: string;
  readonly targetList?: Nodes;
  readonly condition?: object;
}

function sparesRows(level: Level<Table>): boolean {
  const changing = clausesOf(level).filter(({ commandType }) => commandType === "CMD_UPDATE" || commandType === "CMD_DELETE");
  return "MergeStmt" in level.node && (changing.length === 0 || changing.some(({ condition }) => condition !== undefined));
}

function whenClause({ commandType = "", targetList }: WhenClause): readonly Change[] {
  const kind = whenKinds[commandType];
  if (kind === undefined) return [];
  return [kind === "update" ? update(targetList) : { kind, columns: [] }];
}

/** The node of the plan that does each write. A plan names what is written in the end, which of a view is its table. */
export function nodesOf(writes: readonly Write[], plan: Plan | undefined): ReadonlyMap<Write, PlanNode> {
  const open = (plan?.nodes ?? []).filter(({ type }) => type === "ModifyTable");
  const found = new Map<Write, PlanNode>();
  for (const write of writes) {
    const alike = open.filter(({ operation }) => operation?.toLowerCase() === write.operation);
    const node = alike.find(({ relation }) => relation?.name === write.target.relation?.name) ?? alike[0];
    if (!node) continue;
    found.set(write, node);
    open.splice(open.indexOf(node), 1);
  }
  return found;
}
