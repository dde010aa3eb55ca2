import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { conjunctsOf } from "../sql/level.ts";
import type { Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import type { Effect } from "./step.ts";

/** How many rows a statement changes, as far as its text tells. */
interface Changed {
  /** Those of this table, all of them; undefined where how many is not known. */
  readonly table: Table | undefined;
  readonly how: "updated" | "deleted" | "unknown";
}

const notTold: Changed = { table: undefined, how: "unknown" };

/** Undefined: none of a table that was there, or no more than are written in the statement. */
export function rowsChanged(statement: Statement, effects: readonly Effect[]): Changed | undefined {
  const { tree } = statement;
  if ("UpdateStmt" in tree) return all("updated", tree.UpdateStmt, effects);
  if ("DeleteStmt" in tree) return all("deleted", tree.DeleteStmt, effects);
  return effects.some(({ table }) => table !== undefined) && isAnyNumber(statement, effects) ? notTold : undefined;
}

/** It writes as many rows as a query finds, or as code makes. */
function isAnyNumber({ tree }: Statement, effects: readonly Effect[]): boolean {
  if ("InsertStmt" in tree) return isQuery(tree.InsertStmt.selectStmt);
  if ("CreateTableAsStmt" in tree) return !tree.CreateTableAsStmt.into?.skipData;
  if ("RefreshMatViewStmt" in tree) return tree.RefreshMatViewStmt.concurrent === true;
  if ("DoStmt" in tree || "CallStmt" in tree) return effects.some(isWritten);
  return "MergeStmt" in tree || "CopyStmt" in tree;
}

const isWritten = ({ table, lock }: Effect) => table !== undefined && lock === "ROW EXCLUSIVE";

/** INSERT … VALUES has as many rows as it says. */
const isQuery = (node: Node | undefined) => node !== undefined && "SelectStmt" in node && (node.SelectStmt.fromClause ?? []).length > 0;

interface Condition {
  readonly whereClause?: Node;
  readonly fromClause?: readonly Node[];
  readonly usingClause?: readonly Node[];
}

function all(how: "updated" | "deleted", { whereClause, fromClause = [], usingClause = [] }: Condition, effects: readonly Effect[]) {
  const written = effects.filter(({ lock }) => lock === "ROW EXCLUSIVE");
  const [target, ...others] = written;
  if (!target) return undefined;
  if (!target.table) return others.length === 0 ? undefined : notTold;
  const { table } = target;
  const isWhole = others.length === 0 && fromClause.length + usingClause.length === 0;
  return isWhole && conjunctsOf(whereClause).every((node) => isGap(node, table)) ? { table, how } : notTold;
}

/** `is null` of a column that the script has added: it holds for every row. */
function isGap(node: Node, { columns }: Table): boolean {
  if (!("NullTest" in node) || node.NullTest.nulltesttype !== "IS_NULL") return false;
  const { arg } = node.NullTest;
  const name = arg && "ColumnRef" in arg ? namesIn(arg.ColumnRef.fields).at(-1) : undefined;
  return name !== undefined && !columns.some((column) => column.name === name);
}
