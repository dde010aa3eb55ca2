import type { Node } from "@pgsql/types";
import { addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { isSteady, isVolatile } from "../../sql/volatile.ts";
import { walk } from "../../sql/walk.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

/** Functions of a default that give every row a value of its own, and those of which nobody knows. */
function unsteady(value: Node | undefined): { readonly name: string; readonly isCertain: boolean } | undefined {
  const calls = [...walk(value)].flatMap(({ kind, node }) => (kind === "FuncCall" ? [namesIn(node.funcname)] : []));
  const certain = calls.find(isVolatile);
  const found = certain ?? calls.find((names) => !isSteady(names));
  return found && { name: found.at(-1) ?? "", isCertain: certain !== undefined };
}

export default migrationRule({
  id: "migration/add-column-volatile-default",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ rewrites }) => rewrites)) return;
    for (const alteration of alterationsOf(step.statement)) {
      const { table, span } = alteration;
      const column = addedColumnOf(alteration);
      const value = constraintsOf(column).find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
      const call = unsteady(value);
      if (!call || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      const isSeen = call.isCertain || step.effects !== undefined;
      const when = isSeen ? `${call.name}() is volatile, so` : `If ${call.name}() is volatile, as functions are unless they say otherwise,`;
      yield {
        message: `${when} adding ${column?.colname} computes it for every row: ${name} and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: `${table}.${column?.colname}`,
        ...(isSeen ? {} : { severity: "warning" as const }),
        ...(isSeen ? known : {}),
      };
    }
  },
});
