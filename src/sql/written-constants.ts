import type { Statement } from "./parse.ts";
import { walk } from "./walk.ts";

/** The constants that stand in a statement, without quotes: strings, and numbers as they are written. */
export function constantsOf({ tree }: Pick<Statement, "tree">): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, node } of walk(tree)) {
    if (kind !== "A_Const") continue;
    const { sval, ival, fval, bsval } = node;
    if (sval) found.add(sval.sval ?? "");
    if (ival) found.add(String(ival.ival ?? 0));
    if (fval) found.add(fval.fval ?? "");
    if (bsval) found.add((bsval.bsval ?? "").slice(1));
  }
  return found;
}
