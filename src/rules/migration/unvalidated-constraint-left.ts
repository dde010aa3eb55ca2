import type { Constraint, Node } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { type AddedConstraint, addedConstraintsOf } from "../../sql/alterations.ts";
import { treesAround } from "../../sql/around.ts";
import { raw, sql } from "../../sql/quote.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { isBound, sizedTable } from "../touched.ts";

/** Commands after which the constraint is valid, or gone. */
const settling: ReadonlySet<string | undefined> = new Set(["AT_ValidateConstraint", "AT_DropConstraint"]);

function isSettled({ statement }: Step, { table, constraint: { conname } }: AddedConstraint): boolean {
  return [statement.tree, ...treesAround(statement).after].some((tree) => {
    if ("DropStmt" in tree) return tree.DropStmt.removeType === "OBJECT_TABLE" && JSON.stringify(tree).includes(`"${table.name}"`);
    return mentions(tree, conname ?? "") || settles(tree, table.name, conname);
  });
}

/** A body may do whatever it says. */
const mentions = (tree: Node, name: string) => "DoStmt" in tree && JSON.stringify(tree).includes(name);

function settles(tree: Node, table: string, constraint: string | undefined): boolean {
  const { relation, cmds = [] } = "AlterTableStmt" in tree ? tree.AlterTableStmt : {};
  if (relation?.relname !== table) return false;
  return cmds.some(
    (node) =>
      "AlterTableCmd" in node && settling.has(node.AlterTableCmd.subtype) && [undefined, node.AlterTableCmd.name].includes(constraint),
  );
}

/** What is NOT ENFORCED (18) is never checked; a NOT NULL cannot be that, and the grammar says nothing of it. */
const isLeft = ({ contype, skip_validation, is_enforced }: Constraint) =>
  skip_validation === true && (contype === "CONSTR_NOTNULL" || is_enforced === true);

export default migrationRule({
  id: "migration/unvalidated-constraint-left",
  severity: "info",

  *check(step) {
    if (step.refused) return;
    for (const added of addedConstraintsOf(step.statement)) {
      const { table, constraint, span } = added;
      if (!isLeft(constraint) || isSettled(step, added)) continue;
      const { conname } = constraint;
      const there = leftTable(step, table)?.constraints.find(({ name }) => name === conname);
      if (there?.validated) continue;

      yield {
        message: `${conname ?? "This constraint"} is left NOT VALID: rows of ${sizedTable(step, table).name} from before are not checked${constraint.contype === "CONSTR_FOREIGN" ? "" : ", and the planner does not count on it"}, until a later migration runs VALIDATE CONSTRAINT.`,
        span,
        object: `${table}.${conname ?? constraint.contype}`,
        ...(conname === undefined || isBound(step)
          ? {}
          : { fix: sql`${raw(step.statement.text)};\nalter table ${table} validate constraint ${conname};` }),
      };
    }
  },
});
