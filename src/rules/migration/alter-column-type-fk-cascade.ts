import type { Step } from "../../migration/step.ts";
import { type Alteration, alterationsOf } from "../../sql/alterations.ts";
import { nameOf } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, sizedTable } from "../touched.ts";

/** Tables that are read again because a foreign key of theirs refers to the column. */
function referringTables(step: Step, { table, command: { name = "" } }: Alteration) {
  const changed = effectOn(step, table)?.table;
  return (step.effects ?? []).flatMap(({ relation, scans, table: other }) => {
    const key = other?.constraints.find(
      ({ references, foreignKey }) => references === changed?.oid && foreignKey?.referencedColumns.includes(name),
    );
    return changed && key && scans && other?.oid !== changed.oid ? [{ relation, key }] : [];
  });
}

export default migrationRule({
  id: "migration/alter-column-type-fk-cascade",
  severity: "error",

  *check(step) {
    for (const alteration of alterationsOf(step.statement)) {
      const { table, command, span } = alteration;
      if (command.subtype !== "AT_AlterColumnType" || step.isNew(table)) continue;
      for (const { relation, key } of referringTables(step, alteration)) {
        const { name, known } = sizedTable(step, relation);
        yield {
          message: `${nameOf(undefined, key.name)} refers to ${command.name} of ${table}, so the change of type locks ${name} ACCESS EXCLUSIVE as well and looks up all of its rows again.`,
          span,
          object: relation.toString(),
          ...known,
        };
      }
    }
  },
});
