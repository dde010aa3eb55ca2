import type { Index } from "../catalog/indexes.ts";
import { indexShape } from "../sql/index-shape.ts";

/** Nothing but reads depends on it. */
export const isOptional = ({ unique, constraint, valid, parent, method }: Index) =>
  !unique && !constraint && valid && parent === undefined && method === "btree";

/** Whether an index is the start of a longer one, which then serves every condition that it serves. */
export function covers(longer: Index, index: Index): boolean {
  if (longer.oid === index.oid || !longer.valid) return false;
  const [whole, start] = [indexShape(longer.definition), indexShape(index.definition)];
  if (!whole || !start || kindOf(longer) !== kindOf(index)) return false;
  const isStart = start.keys.every((key, place) => key === whole.keys[place]);
  const isSame = whole.keys.length === start.keys.length && whole.include.length === start.include.length;
  const stored = [...whole.keys, ...whole.include];
  return isStart && start.include.every((column) => stored.some((other) => other === column)) && (longer.unique || !isSame);
}

/** Whether NULLs of a unique index are equal makes no difference to who reads it. */
const kindOf = ({ method, where }: Index) => `${method} ${where ?? ""}`;
