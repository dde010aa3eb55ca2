import type { AlterTableCmd } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { type Alteration, alterationsOf } from "../../sql/alterations.ts";
import { commandsBefore } from "../../sql/around.ts";
import { checkedBy, provesNotNull } from "../../sql/not-null-proof.ts";
import type { Name } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { notNullInSteps } from "../not-null-in-steps.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

/** `alter column x set not null`, or since 18 `add constraint c not null x`. */
function columnMadeNotNull({ command: { subtype, name, def } }: Alteration): string | undefined {
  if (subtype === "AT_SetNotNull") return name;
  if (subtype !== "AT_AddConstraint" || !def || !("Constraint" in def)) return undefined;
  const { contype, skip_validation, keys } = def.Constraint;
  return contype === "CONSTR_NOTNULL" && !skip_validation ? namesIn(keys)[0] : undefined;
}

/** Whether Postgres knows already, from a CHECK that it has verified, that the column holds no NULL: then it does not look again, since 12. */
function isProven(step: Step, table: Name, column: string): boolean {
  const known = step.table(table);
  if (known?.columns.some(({ name, notNull }) => name === column && notNull)) return true;
  if (known?.constraints.some(({ validated, definition }) => validated && provesNotNull(checkedBy(definition), column))) return true;
  const before = commandsBefore(step.statement, table.name);
  const validated = before.flatMap(({ subtype, name = "" }) => (subtype === "AT_ValidateConstraint" ? [name] : []));
  return validated.some((name) => mayProve(before, name, column));
}

/** A constraint that the script only validates comes from an earlier migration, which nobody shows us: it is believed to be the proof. */
function mayProve(before: readonly AlterTableCmd[], name: string, column: string): boolean {
  const constraints = before.flatMap(({ def }) => (def && "Constraint" in def ? [def.Constraint] : []));
  const added = constraints.find(({ conname }) => conname === name);
  return added === undefined || provesNotNull(added.raw_expr, column);
}

export default migrationRule({
  id: "migration/set-not-null-scan",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ scans, rewrites }) => scans || rewrites)) return;
    for (const alteration of alterationsOf(step.statement)) {
      const { table, span } = alteration;
      const column = columnMadeNotNull(alteration);
      if (column === undefined || step.isNew(table) || isProven(step, table, column)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `SET NOT NULL reads all of ${name} to look for a NULL in ${column}, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: `${table}.${column}`,
        ...known,
        fix: notNullInSteps(table, column),
      };
    }
  },
});
