import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** Keys that a query can usually make use of (https://www.postgresql.org/docs/current/indexes-multicolumn.html). */
const MOST = 3;

export default migrationRule({
  id: "migration/index-too-many-columns",
  severity: "info",

  *check(step) {
    if (!("IndexStmt" in step.statement.tree)) return;
    const { relation, unique, accessMethod = "btree", indexParams = [] } = step.statement.tree.IndexStmt;
    if (!relation || unique || accessMethod !== "btree" || indexParams.length <= MOST) return;
    const table = nameOfRange(relation).toString();

    yield {
      message: `This index on ${table} has ${indexParams.length} keys, each of which makes it larger and every write dearer, while conditions on the last ones seldom narrow the scan: keep those that are asked with =, and INCLUDE the others.`,
      span: placeOf(step),
      object: table,
    };
  },
});
