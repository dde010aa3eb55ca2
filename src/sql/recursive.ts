import type { Level, TableShape } from "./level.ts";

/** Whether a query reads its own result: one of WITH RECURSIVE that names itself. */
export const isRecursive = <Table extends TableShape>(level: Level<Table>): boolean => reads(level, level, new Set());

function reads<Table extends TableShape>(level: Level<Table>, wanted: Level<Table>, seen: Set<Level<Table>>): boolean {
  if (seen.has(level)) return false;
  seen.add(level);
  const inside = [...level.branches, ...level.items.flatMap(({ body }) => body ?? [])];
  return inside.includes(wanted) || inside.some((each) => reads(each, wanted, seen));
}
