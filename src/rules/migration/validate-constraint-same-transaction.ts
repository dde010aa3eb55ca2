import type { Step } from "../../migration/step.ts";
import { type AddedConstraint, type Alteration, addedConstraintsOf, alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

/** The same transaction: the steps before, and the other commands of the same ALTER TABLE. */
const addedWith = ({ before, statement }: Step, { table, command }: Alteration): AddedConstraint | undefined =>
  [...before.map((step) => step.statement), statement]
    .flatMap(addedConstraintsOf)
    .find(
      ({ table: added, constraint }) =>
        added.name === table.name && constraint.conname === command.name && constraint.skip_validation === true,
    );

export default migrationRule({
  id: "migration/validate-constraint-same-transaction",
  severity: "error",

  *check(step) {
    for (const alteration of alterationsOf(step.statement)) {
      const { table, command, span } = alteration;
      if (command.subtype !== "AT_ValidateConstraint" || step.isNew(table)) continue;
      const added = addedWith(step, alteration);
      if (!added) continue;

      const { name, known } = sizedTable(step, table);
      const isForeignKey = added.constraint.contype === "CONSTR_FOREIGN";
      const lock = isForeignKey ? "SHARE ROW EXCLUSIVE lock that blocks writes" : "ACCESS EXCLUSIVE lock that blocks every read and write";
      yield {
        message: `VALIDATE reads all of ${name} while the transaction that added ${command.name} still holds its ${lock}: commit in between.`,
        span,
        object: `${table}.${command.name}`,
        ...known,
      };
    }
  },
});
