import type { Node, UpdateStmt } from "@pgsql/types";
import { nameOfRange } from "../../sql/alterations.ts";
import { conjunctsOf } from "../../sql/level.ts";
import { namesIn } from "../../sql/relations.ts";
import { updateInBatches } from "../in-batches.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

const assigned = ({ targetList = [] }: UpdateStmt) =>
  new Set(targetList.flatMap((node) => ("ResTarget" in node ? [node.ResTarget.name ?? ""] : [])));

/** "where it is not filled yet" and nothing more: no key that would cut the table into batches. */
const asksOnlyForGaps = (condition: Node | undefined, columns: ReadonlySet<string>) =>
  condition !== undefined && conjunctsOf(condition).every((node) => isGap(node, columns));

function isGap(node: Node, columns: ReadonlySet<string>): boolean {
  if (!("NullTest" in node) || node.NullTest.nulltesttype !== "IS_NULL") return false;
  const { arg } = node.NullTest;
  return arg !== undefined && "ColumnRef" in arg && columns.has(namesIn(arg.ColumnRef.fields).at(-1) ?? "");
}

export default migrationRule({
  id: "migration/unbatched-backfill",
  severity: "warning",

  *check(step) {
    if (!("UpdateStmt" in step.statement.tree)) return;
    const update = step.statement.tree.UpdateStmt;
    if (!update.relation || !asksOnlyForGaps(update.whereClause, assigned(update))) return;
    const table = nameOfRange(update.relation);
    if (step.isNew(table)) return;

    const { name, known } = sizedTable(step, table);
    yield {
      message: `This fills ${[...assigned(update)].join(", ")} in every row of ${name} at once: all of them stay locked, and their old versions stay in the table, until it commits.`,
      span: placeOf(step),
      object: table.toString(),
      ...known,
      fix: updateInBatches(step),
    };
  },
});
