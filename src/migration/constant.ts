import type { Node } from "@pgsql/types";

/** A constant of the grammar, as a value of ours; undefined for anything else. */
export function constantIn(node: Node | undefined): string | number | boolean | undefined {
  if (!node) return undefined;
  if ("TypeCast" in node) return constantIn(node.TypeCast.arg);
  if (!("A_Const" in node)) return undefined;
  const { sval, ival, fval, boolval } = node.A_Const;
  if (sval) return sval.sval ?? "";
  if (ival) return ival.ival ?? 0;
  if (fval) return Number(fval.fval);
  if (boolval) return boolval.boolval ?? false;
  return undefined;
}
