import type { Node } from "@pgsql/types";
import { treesAround } from "../../sql/around.ts";
import { droppedBy } from "../../sql/dropped.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

/** What relations are called that these make or rename. */
const namedIn = (trees: readonly Node[]): ReadonlySet<string | undefined> =>
  new Set(
    trees.map((tree) => {
      if ("RenameStmt" in tree) return tree.RenameStmt.renameType === "OBJECT_COLUMN" ? undefined : tree.RenameStmt.newname;
      if ("CreateStmt" in tree) return tree.CreateStmt.relation?.relname;
      if ("CreateTableAsStmt" in tree) return tree.CreateTableAsStmt.into?.rel?.relname;
      return "ViewStmt" in tree ? tree.ViewStmt.view?.relname : undefined;
    }),
  );

export default migrationRule({
  id: "migration/drop-table",
  severity: "error",

  *check(step) {
    if (!("DropStmt" in step.statement.tree) || step.statement.tree.DropStmt.removeType !== "OBJECT_TABLE") return;
    const tables = droppedBy(step.statement).filter((table) => !step.isNew(table) && table.schema !== "pg_temp");
    if (tables.length === 0) return;

    const isReplaced = tables.every((table) => namedIn(treesAround(step.statement).after).has(table.name));
    const after = isReplaced ? "the script gives its name to another" : "every query that still names it fails from then on";
    yield {
      message: `DROP TABLE loses all of ${tables.map((table) => sizedTable(step, table).name).join(", ")}, and ${after}.`,
      span: placeOf(step),
      object: tables.join(", "),
    };
  },
});
