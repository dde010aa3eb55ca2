import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Reading a setting costs about half a microsecond, as a JSON document several: with fewer rows nobody notices. */
const ROWS = 10_000;

/** What policies ask of the session, and what does not depend on the row. Supabase's `auth.uid()` is inlined to `current_setting`. */
const SESSION = /\bauth\.\w+\(\)|\bcurrent_setting\('[^']*'::text(?:, (?:true|false))?\)/g;

/** A constant, or one that names a setting, which is kept. */
const VALUE = /(\bcurrent_setting\('(?:[^']|'')*')|'(?:[^']|'')*'/g;

export default planRule({
  id: "plan/rls-cost-in-plan",
  severity: "warning",

  *check({ nodes }) {
    for (const node of nodes) {
      const { title, relation, filter = "" } = node;
      const calls = [...new Set(filter.replaceAll(VALUE, "$1").match(SESSION))];
      const rows = calls.length === 0 ? 0 : checked(node);
      if (rows < ROWS) continue;

      const calling = node.loops === undefined ? "will call" : "calls";
      yield {
        message: `The filter of ${title} ${calling} ${calls.join(" and ")} for up to ${count(rows)} rows; a policy or query that writes (select …) around the call makes it once.`,
        object: relation && String(relation),
        evidence: { rows },
      };
    }
  },
});

/** Rows that get to the filter; without a run this is known of a whole table only. */
function checked({ type, loops, actualRows = 0, rowsRemovedByFilter = 0, relationRows = 0, expectedShare }: PlanNode) {
  if (loops !== undefined) return actualRows + rowsRemovedByFilter;
  return type === "Seq Scan" ? relationRows * expectedShare : 0;
}
