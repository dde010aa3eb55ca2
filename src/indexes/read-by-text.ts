import type { ColumnRef } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { walkExpression } from "../sql/walk.ts";
import type { Read } from "./wishes.ts";

type Reads = Map<Item<Table>, Set<string> | "all">;

/** Which columns of each relation a statement names at all. */
export function readByText(query: Query<Table>): ReadonlyMap<Item<Table>, Read["columns"]> {
  const reads: Reads = new Map();
  for (const level of query.levels) {
    for (const { kind, node } of walkExpression(level.expressions)) if (kind === "ColumnRef") read(node, level, query, reads);
    for (const item of wholeRows(level)) reads.set(item, "all");
    for (const { item, name } of mergedColumns(level)) add(reads, item, name);
  }
  return reads;
}

/** USING names columns that stand in no expression. */
const mergedColumns = ({ joins }: Level<Table>) =>
  joins.flatMap(({ using, left, right }) =>
    using.flatMap((name) => [...left, ...right].filter((item) => hasColumn(item, name)).map((item) => ({ item, name }))),
  );

function read(column: ColumnRef, level: Level<Table>, query: Query<Table>, reads: Reads): void {
  const use = query.columnOf(column, level);
  if (use) {
    if (use.column) add(reads, use.item, use.column.name);
    else reads.set(use.item, "all");
    return;
  }
  const names = namesIn(column.fields);
  const [name] = names.slice(-1);
  const isStar = names.length < (column.fields ?? []).length;
  if (name === undefined) for (const item of level.items) reads.set(item, "all");
  else if (isStar || names.length === 1) for (const item of namedFrom(level, name)) reads.set(item, "all");
}

/** `row_to_json(p)` and `p.*` name a row, which may be one of a level around. */
function namedFrom(level: Level<Table>, name: string): readonly Item<Table>[] {
  const found = level.items.filter((item) => item.name === name);
  return found.length > 0 || !level.outer ? found : namedFrom(level.outer, name);
}

function add(reads: Reads, item: Item<Table>, name: string): void {
  const known = reads.get(item) ?? new Set<string>();
  if (known !== "all") reads.set(item, known.add(name));
}

const hasColumn = ({ table }: Item<Table>, name: string) => table?.columns.some((column) => column.name === name) ?? false;

/** What is changed or locked is read in full, and NATURAL compares columns that nobody names. */
function wholeRows({ kind, items, joins, select }: Level<Table>): readonly Item<Table>[] {
  const target = ["insert", "update", "delete", "merge"].includes(kind) ? items.slice(0, 1) : [];
  const locked = select?.lockingClause ? items : [];
  return [...target, ...locked, ...joins.filter(({ natural }) => natural).flatMap(({ left, right }) => [...left, ...right])];
}
