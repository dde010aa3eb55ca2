import type { Span } from "../../finding.ts";
import type { Step } from "../../migration/step.ts";
import { alterationsOf } from "../../sql/alterations.ts";
import { droppedBy } from "../../sql/dropped.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

interface Cascade {
  readonly object: string;
  readonly span: Span;
}

const ofAlterations = (step: Step): readonly Cascade[] =>
  alterationsOf(step.statement)
    .filter(({ command: { subtype, behavior } }) => /^AT_Drop(Column|Constraint)$/.test(subtype ?? "") && behavior === "DROP_CASCADE")
    .filter(({ table }) => !step.isNew(table))
    .map(({ table, command, span }) => ({ object: `${table}.${command.name}`, span }));

function ofDrop(step: Step): readonly Cascade[] {
  const { tree } = step.statement;
  if (!("DropStmt" in tree) || tree.DropStmt.behavior !== "DROP_CASCADE") return [];
  const dropped = droppedBy(step.statement).filter((name) => !step.isNew(name));
  return dropped.length === 0 ? [] : [{ object: dropped.join(", "), span: placeOf(step) }];
}

export default migrationRule({
  id: "migration/drop-cascade",
  severity: "error",

  *check(step) {
    for (const { object, span } of [...ofAlterations(step), ...ofDrop(step)]) {
      yield {
        message: `CASCADE drops whatever depends on ${object} too (views, foreign keys, functions, columns), and what that is depends on the database it runs in: name each object instead.`,
        span,
        object,
      };
    }
  },
});
