import { nameOfRange } from "../../sql/alterations.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/concurrent-index-if-not-exists-invalid",
  severity: "info",

  *check(step) {
    if (!("IndexStmt" in step.statement.tree)) return;
    const { concurrent, if_not_exists, idxname, relation } = step.statement.tree.IndexStmt;
    if (!concurrent || !if_not_exists || !idxname || !relation) return;
    const table = nameOfRange(relation);
    const there = step.table(table)?.indexes.find(({ name }) => name === idxname);
    if (there?.valid) return;

    const index = nameOf(table.schema, idxname);
    yield {
      message: there
        ? `${index} is there but invalid, left by a build that failed: IF NOT EXISTS takes it for done, and queries go on without an index.`
        : `If this build fails, it leaves ${index} behind invalid; at the next try IF NOT EXISTS takes it for done, and queries go on without an index.`,
      span: placeOf(step),
      object: index.toString(),
      ...(there ? { severity: "error" as const, fix: sql`drop index concurrently ${index};` } : {}),
    };
  },
});
