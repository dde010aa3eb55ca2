import type { Step } from "../../migration/step.ts";
import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { migrationRule, type Problem } from "../rule.ts";
import { placeOf } from "../touched.ts";

type Refused = NonNullable<Step["refused"]>;

/** As Postgres says it; other objects than views have other rules. */
const ofView = /^cannot (?:drop columns from view|change (?:name|data type|collation) of view column)/;
const [DEPENDENT_OBJECTS_STILL_EXIST, VIEW] = ["2BP01", /\b(?:view|rule) /];

function ofReplacement(step: Step, { message }: Refused): Problem | undefined {
  if (!("ViewStmt" in step.statement.tree) || !step.statement.tree.ViewStmt.view || !ofView.test(message)) return undefined;
  const view = nameOfRange(step.statement.tree.ViewStmt.view);
  return {
    message: `Postgres refuses to replace ${view}: ${message}. Its columns keep their names, types and order, and new ones come last; for anything else drop it and make it again in one transaction.`,
    span: placeOf(step),
    object: view.toString(),
  };
}

function ofDroppedColumn(step: Step, { code, message, detail = "view " }: Refused): Problem | undefined {
  const drop = alterationsOf(step.statement).find(({ command: { subtype } }) => subtype === "AT_DropColumn");
  if (!drop || code !== DEPENDENT_OBJECTS_STILL_EXIST || !VIEW.test(detail)) return undefined;
  return {
    message: `Postgres refuses to drop ${drop.command.name} of ${drop.table}: ${message}. Replace or drop the views that read it first, in the same transaction.`,
    span: drop.span,
    object: `${drop.table}.${drop.command.name}`,
  };
}

export default migrationRule({
  id: "migration/view-column-change",
  severity: "error",

  *check(step) {
    if (!step.refused) return;
    const problem = ofReplacement(step, step.refused) ?? ofDroppedColumn(step, step.refused);
    if (problem) yield problem;
  },
});
