import type { Node } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { restOfTransaction } from "../../sql/around.ts";
import { droppedBy } from "../../sql/dropped.ts";
import { type Name, raw, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { isBound, isSpared, placeOf } from "../touched.ts";

const isMadeBefore = ({ before }: Step, index: Name) =>
  before.some(({ statement: { tree } }) => "IndexStmt" in tree && tree.IndexStmt.idxname === index.name);

/** The transaction alters the same tables afterwards, which waits for the same lock: to drop the index otherwise gains nothing. */
function isLockedAnyway({ effects, inTransaction, statement }: Step): boolean {
  if (!inTransaction || !effects) return false;
  const altered = restOfTransaction(statement).flatMap((tree) => {
    const { relation, cmds = [] } = "AlterTableStmt" in tree ? tree.AlterTableStmt : {};
    return relation && cmds.some(isExclusive) ? [relation.relname] : [];
  });
  const locked = effects.filter(({ lock }) => lock === "ACCESS EXCLUSIVE");
  return locked.length > 0 && locked.every(({ relation }) => altered.includes(relation.name));
}

/** Those of ALTER TABLE that need no less (https://www.postgresql.org/docs/current/sql-altertable.html). */
const exclusive: ReadonlySet<string | undefined> = new Set([
  "AT_AddColumn",
  "AT_DropColumn",
  "AT_DropConstraint",
  "AT_AlterColumnType",
  "AT_SetNotNull",
]);

const isExclusive = (node: Node) => "AlterTableCmd" in node && exclusive.has(node.AlterTableCmd.subtype);

export default migrationRule({
  id: "migration/drop-index-not-concurrent",
  severity: "warning",

  *check(step) {
    if (!("DropStmt" in step.statement.tree)) return;
    const { removeType, concurrent, missing_ok, behavior } = step.statement.tree.DropStmt;
    if (removeType !== "OBJECT_INDEX" || concurrent) return;
    const indexes = droppedBy(step.statement).filter((index) => !isMadeBefore(step, index));
    if (indexes.length === 0 || isLockedAnyway(step) || isSpared(step, ({ lock }) => lock === "ACCESS EXCLUSIVE")) return;

    const canBeConcurrent = !isBound(step) && behavior !== "DROP_CASCADE";
    const exists = raw(missing_ok ? "if exists " : "");
    yield {
      message: `DROP INDEX takes an ACCESS EXCLUSIVE lock on the table of ${indexes.join(", ")}: while it waits for running queries, every new one waits behind it.`,
      span: placeOf(step),
      object: indexes.join(", "),
      ...(canBeConcurrent ? { fix: indexes.map((index) => sql`drop index concurrently ${exists}${index};`).join("\n") } : {}),
    };
  },
});
