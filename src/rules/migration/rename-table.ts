import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { restOfTransaction } from "../../sql/around.ts";
import { type Name, nameOf, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const kinds = new Set<string | undefined>(["OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);

/** A view has its name before the transaction ends. */
const isServed = (step: Step, table: Name) =>
  step.inTransaction &&
  restOfTransaction(step.statement).some(
    (tree) => "ViewStmt" in tree && tree.ViewStmt.view !== undefined && nameOfRange(tree.ViewStmt.view).toString() === table.toString(),
  );

/** A view of one table can be written to (https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS). */
function servedByView(step: Step, table: Name, renamed: Name): string {
  const both = sql`alter table ${table} rename to ${renamed.name};
create view ${table} with (security_invoker = true) as select * from ${renamed};`;
  const rights = sql`-- Roles that used the table need the same rights on the view. Once nothing names it any more: drop view ${table};`;
  return [...(step.inTransaction ? [both] : ["begin;", both, "commit;"]), rights].join("\n");
}

export default migrationRule({
  id: "migration/rename-table",
  severity: "warning",

  *check(step) {
    if (!("RenameStmt" in step.statement.tree)) return;
    const { renameType, relation, newname = "" } = step.statement.tree.RenameStmt;
    if (!kinds.has(renameType) || !relation) return;
    const table = nameOfRange(relation);
    if (step.isNew(table) || isServed(step, table)) return;

    yield {
      message: `Once ${table} is called ${newname}, every query and function body that still says ${table.name} fails: the running application breaks until it is deployed anew.`,
      span: placeOf(step),
      object: table.toString(),
      ...(renameType === "OBJECT_TABLE" && step.table(table) && { fix: servedByView(step, table, nameOf(table.schema, newname)) }),
    };
  },
});
