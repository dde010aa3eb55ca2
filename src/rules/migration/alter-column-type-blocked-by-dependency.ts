import { alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/alter-column-type-blocked-by-dependency",
  severity: "error",

  *check(step) {
    if (!step.refused || !/cannot alter type of a column/.test(step.refused.message)) return;
    const changes = alterationsOf(step.statement).filter(({ command: { subtype } }) => subtype === "AT_AlterColumnType");
    const [change] = changes;
    if (!change) return;

    const columns = changes.map(({ command: { name } }) => name).join(", ");
    yield {
      message: `Postgres refuses to change the type of ${columns} of ${change.table}: ${step.refused.message}. Drop what depends on it first, and make it again in the same transaction.`,
      span: change.span,
      object: `${change.table}.${columns}`,
    };
  },
});
