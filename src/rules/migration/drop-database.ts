import { quote } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/drop-database",
  severity: "error",

  *check(step) {
    if (!("DropdbStmt" in step.statement.tree)) return;
    const name = quote(step.statement.tree.DropdbStmt.dbname ?? "");

    yield {
      message: `DROP DATABASE loses every schema, table and row of ${name}, and only a backup brings them back.`,
      span: placeOf(step),
      object: name,
    };
  },
});
