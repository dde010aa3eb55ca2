import { quote, raw, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";

export default healthRule({
  id: "health/autovacuum-off",
  severity: "error",

  *check({ settings }) {
    for (const name of ["autovacuum", "track_counts"]) {
      if (settings.get(name) !== "off") continue;
      yield {
        message: `${name} is off, so autovacuum comes to no table before its rows are near the age of wraparound: dead rows stay and statistics grow old.`,
        object: name,
        evidence: { source: "pg_settings", value: "off" },
        fix: sql`alter system set ${raw(quote(name))} = on;\nselect pg_reload_conf();`,
        undo: sql`alter system set ${raw(quote(name))} = off;\nselect pg_reload_conf();`,
      };
    }
  },
});
