import { quote, raw, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";

const lost: Readonly<Record<string, string>> = {
  fsync: "a crash of the machine can leave the whole cluster unreadable",
  full_page_writes: "a crash of the machine can leave pages half written, which nothing repairs",
};

export default healthRule({
  id: "health/durability-off",
  severity: "error",

  *check({ settings }) {
    for (const [name, what] of Object.entries(lost)) {
      if (settings.get(name) !== "off") continue;
      yield {
        message: `${name} is off: ${what}.`,
        object: name,
        evidence: { source: "pg_settings", value: "off" },
        fix: sql`alter system set ${raw(quote(name))} = on;\nselect pg_reload_conf();`,
        undo: sql`alter system set ${raw(quote(name))} = off;\nselect pg_reload_conf();`,
      };
    }
  },
});
