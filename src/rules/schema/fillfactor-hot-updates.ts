import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Updates that are enough to judge by. */
const MANY = 10_000;
/** Of the updates. */
const FEW = 0.5;

export default schemaRule({
  id: "schema/fillfactor-hot-updates",
  severity: "info",

  *check({ tables }) {
    for (const { schema, name: bare, kind, options, rows = 0, usage, indexes } of tables) {
      const { updates, hotUpdates } = usage;
      const isFull = !options.some((option) => /^fillfactor=(?!100$)/.test(option));
      if (kind !== "table" || !isFull || updates < MANY || updates < rows || hotUpdates >= FEW * updates || indexes.length === 0) continue;
      const name = nameOf(schema, bare);
      yield {
        message: `Of ${count(updates)} updates of ${name} ${Math.floor((hotUpdates / updates) * 100)} % found room on the page of their row (HOT); all others wrote an entry to each of ${indexes.length === 1 ? "its one index" : `its ${indexes.length} indexes`}, for want of room or because an indexed column changed.`,
        object: `${name}`,
        evidence: { updates, hotUpdates, indexes: indexes.length },
        // For pages that are filled from now on.
        fix: sql`alter table ${name} set (fillfactor = 90);`,
        undo: sql`alter table ${name} reset (fillfactor);`,
      };
    }
  },
});
