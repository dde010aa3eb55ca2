import type { Table } from "../../catalog/tables.ts";
import { namesIn } from "../../sql/relations.ts";
import { walk } from "../../sql/walk.ts";
import { type WithQuery, withQueries } from "../../sql/with-queries.ts";
import { queryRule } from "../rule.ts";

/** Functions of Postgres that people call for what they do. */
const effects = /^(?:nextval|setval|set_config|pg_notify|pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?|dblink_exec|lo_\w+)$/;

/** What its author may count on and does not happen. */
function lostWith({ node, level }: WithQuery<Table>): string | undefined {
  if (level.select?.lockingClause) return "locks no rows";
  for (const visit of walk(node.ctequery)) {
    const called = visit.kind === "FuncCall" ? namesIn(visit.node.funcname).at(-1) : undefined;
    if (called !== undefined && effects.test(called)) return `does not call ${called}`;
  }
  return undefined;
}

export default queryRule({
  id: "query/unused-cte",
  severity: "info",

  *check(query) {
    for (const each of withQueries(query)) {
      if (each.isRun) continue;
      const lost = lostWith(each);
      yield {
        message: `Nothing ${each.readers.length > 0 ? "that is run " : ""}reads ${each.name}, so Postgres never runs it${lost ? ` and ${lost}` : ""}.`,
        span: each.span,
        object: each.name,
        ...(lost ? { severity: "warning" as const } : {}),
      };
    }
  },
});
