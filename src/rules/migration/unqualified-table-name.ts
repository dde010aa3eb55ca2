import type { Node, RangeVar, RenameStmt } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { treesAround } from "../../sql/around.ts";
import { droppedBy } from "../../sql/dropped.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** The table that the statement makes, changes or drops. */
function tableOf({ statement }: Step): Name | undefined {
  const { tree } = statement;
  if ("DropStmt" in tree) return tree.DropStmt.removeType === "OBJECT_TABLE" ? droppedBy(statement)[0] : undefined;
  const range = rangeOf(tree);
  return range && range.relpersistence !== "t" ? nameOfRange(range) : undefined;
}

function rangeOf(tree: Node): RangeVar | undefined {
  if ("CreateStmt" in tree) return tree.CreateStmt.relation;
  if ("CreateTableAsStmt" in tree) return tree.CreateTableAsStmt.into?.rel;
  if ("AlterTableStmt" in tree) return tree.AlterTableStmt.objtype === "OBJECT_TABLE" ? tree.AlterTableStmt.relation : undefined;
  if ("RenameStmt" in tree) return isOfTable(tree.RenameStmt) ? tree.RenameStmt.relation : undefined;
  return "IndexStmt" in tree ? tree.IndexStmt.relation : undefined;
}

const isOfTable = ({ renameType, relationType }: RenameStmt) => renameType === "OBJECT_TABLE" || relationType === "OBJECT_TABLE";

/** The script itself says which schema is meant, or made it a temporary table. */
const isTold = (name: string, before: readonly Node[]) =>
  before.some((tree) => {
    if ("VariableSetStmt" in tree) return tree.VariableSetStmt.name === "search_path";
    if ("SelectStmt" in tree) return JSON.stringify(tree).includes("search_path");
    const range = rangeOf(tree);
    return range?.relpersistence === "t" && range.relname === name;
  });

export default migrationRule({
  id: "migration/unqualified-table-name",
  severity: "info",

  *check(step) {
    const table = tableOf(step);
    if (!table || table.schema !== undefined || isTold(table.name, treesAround(step.statement).before)) return;

    yield {
      message: `Which ${table} this means depends on the search_path of whoever runs it: write the schema with it.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});
