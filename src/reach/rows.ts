import type { Table } from "../catalog/tables.ts";
import type { PlanNode } from "../plan/plan.ts";
import type { Query } from "../sql/query.ts";
import { unquote } from "../sql/quote.ts";
import { uniqueIndexesOf } from "../sql/unique.ts";
import type { Write } from "./write.ts";

export interface Rows {
  readonly count: number;
  /** "exactly": as the text says. "at most": as a key says. "about": as the planner expects, or as the table was counted. */
  readonly how: "exactly" | "at most" | "about";
}

interface Asked {
  readonly query: Query<Table>;
  readonly node: PlanNode | undefined;
  /** Of the table that is written. */
  readonly tableRows: number | undefined;
  /** Whether estimates rest on statistics, or would be invented. */
  readonly told: boolean;
}

/** How many rows a write reaches, as far as that is known. */
export function rowsOf(write: Write, { query, node, tableRows, told }: Asked): Rows | undefined {
  const written = rowsWritten(write);
  if (written) return written;
  if (isWhole(write, node)) return tableRows === undefined ? undefined : { count: tableRows, how: "about" };
  if (isOneRow(write, query)) return { count: 1, how: "at most" };
  const [input] = node?.children ?? [];
  return input && told ? { count: Math.round(input.actualRows ?? input.expectedRows), how: "about" } : undefined;
}

/** Of an INSERT with VALUES. */
function rowsWritten({ level: { node } }: Write): Rows | undefined {
  if (!("InsertStmt" in node)) return undefined;
  const { selectStmt, onConflictClause } = node.InsertStmt;
  const how = onConflictClause ? "at most" : "exactly";
  if (!selectStmt) return { count: 1, how };
  const lists = "SelectStmt" in selectStmt ? selectStmt.SelectStmt.valuesLists : undefined;
  return lists && { count: lists.length, how };
}

/** An UPDATE or DELETE that no condition holds back: none is written, or the planner took away one that is always true. */
export function isWhole({ operation, level }: Write, node: PlanNode | undefined): boolean {
  if (operation !== "update" && operation !== "delete") return false;
  if (level.where.length === 0 && level.items.length === 1) return true;
  const [input] = node?.children ?? [];
  return level.items.length === 1 && input !== undefined && readsAll(input);
}

const readsAll = ({ type, conditions, children }: PlanNode): boolean =>
  type === "Append" ? children.length > 0 && children.every(readsAll) : type === "Seq Scan" && conditions.length === 0;

/** A key of the target is compared with known values. */
function isOneRow({ operation, level, target }: Write, query: Query<Table>): boolean {
  if (!target.table || operation === "insert" || operation === "merge") return false;
  const bound = query.boundColumns(target, level);
  return uniqueIndexesOf(target.table).some(({ keys, where }) => where === undefined && keys.every((key) => bound.has(unquote(key))));
}

/** Of a table with its partitions or children. */
export function rowsIn(table: Table, tables: readonly Table[]): number | undefined {
  const below = tables.filter(({ parents }) => parents.some(({ oid }) => oid === table.oid));
  const own = table.kind === "partitioned table" && below.length > 0 ? 0 : table.rows;
  const all = [own, ...below.map((child) => rowsIn(child, tables))];
  return all.reduce<number | undefined>((sum, rows) => (sum === undefined || rows === undefined ? undefined : sum + rows), 0);
}
