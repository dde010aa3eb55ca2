import type { Node } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { type Alteration, addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { quote, raw, sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { isSteady, isVolatile } from "../../sql/volatile.ts";
import { walk } from "../../sql/walk.ts";
import { setInBatches } from "../in-batches.ts";
import { notNullInSteps } from "../not-null-in-steps.ts";
import { migrationRule } from "../rule.ts";
import { isBound, isSpared, sizedTable } from "../touched.ts";

/** Functions of a default that give every row a value of its own, and those of which nobody knows. */
function unsteady(value: Node | undefined): { readonly name: string; readonly isCertain: boolean } | undefined {
  const calls = [...walk(value)].flatMap(({ kind, node }) => (kind === "FuncCall" ? [namesIn(node.funcname)] : []));
  const certain = calls.find(isVolatile);
  const found = certain ?? calls.find((names) => !isSteady(names));
  return found && { name: found.at(-1) ?? "", isCertain: certain !== undefined };
}

/** Without what only one of them has: a key of its own, a reference. */
const plain = new Set(["CONSTR_DEFAULT", "CONSTR_NOTNULL"]);

/** The column, its default for new rows, the old rows by and by, and NOT NULL at the end; no step of it within a transaction. */
function inSteps(step: Step, alteration: Alteration): string | undefined {
  const { table, text } = alteration;
  const column = addedColumnOf(alteration);
  const constraints = constraintsOf(column);
  const [, before = "", value = ""] = /^(.*?)\s+default\s+(.*?)(?:\s+not\s+null)?$/is.exec(text) ?? [];
  const name = column?.colname;
  if (isBound(step) || name === undefined || value === "" || !constraints.every(({ contype }) => plain.has(contype ?? ""))) return;
  const filled = setInBatches(table, step.table(table), { set: `${quote(name)} = default` });
  if (filled === undefined) return;
  const isRequired = constraints.some(({ contype }) => contype === "CONSTR_NOTNULL");
  return [
    sql`alter table ${table} ${raw(before.replace(/\s+not\s+null$/i, ""))};
alter table ${table} alter column ${name} set default ${raw(value)};`,
    filled,
    ...(isRequired ? [notNullInSteps(table, name)] : []),
  ].join("\n");
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
        ...(isSeen && { fix: inSteps(step, alteration) }),
      };
    }
  },
});
