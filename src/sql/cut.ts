import type { Node } from "@pgsql/types";
import type { Level, TableShape } from "./level.ts";

/** What LIMIT and OFFSET keep of a result. */
export interface Cut {
  /** The number of LIMIT, or else of OFFSET. */
  readonly node: Node;
  /** Of LIMIT, where it is a constant. */
  readonly rows: number | undefined;
  /** OFFSET leaves rows out, or may. */
  readonly skips: boolean;
}

/** Undefined where all rows come, as with LIMIT ALL, or none, as with LIMIT 0. */
export function cutOf({ limit, offset }: Level<TableShape>): Cut | undefined {
  const rows = numberIn(limit);
  const skips = offset !== undefined && ![0, Number.POSITIVE_INFINITY].includes(numberIn(offset) ?? 1);
  if (rows === 0) return undefined;
  if (limit && rows !== Number.POSITIVE_INFINITY) return { node: limit, rows, skips };
  return skips && offset ? { node: offset, rows: undefined, skips } : undefined;
}

/** Infinity for NULL, which LIMIT ALL is too; undefined for what is known only when the query runs. */
function numberIn(node: Node | undefined): number | undefined {
  if (node && "TypeCast" in node) return numberIn(node.TypeCast.arg);
  if (!node || !("A_Const" in node)) return undefined;
  const { isnull, ival, fval, sval } = node.A_Const;
  return isnull ? Number.POSITIVE_INFINITY : (ival?.ival ?? Number(fval?.fval ?? sval?.sval ?? 0));
}

/** SKIP LOCKED: which rows are taken depends on what others hold at that moment, and is meant to. */
export const skipsLocked = ({ select }: Level<TableShape>): boolean =>
  (select?.lockingClause ?? []).some((node) => "LockingClause" in node && node.LockingClause.waitPolicy === "LockWaitSkip");
