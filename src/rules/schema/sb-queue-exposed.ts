import { nameOf, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];

export default schemaRule({
  id: "schema/sb-queue-exposed",
  severity: "error",

  *check(schema) {
    const reach = reachOf(schema);
    if (!reach.supabase) return;
    for (const table of schema.tables) {
      if (table.schema !== "pgmq" || !/^[qa]_/.test(table.name) || table.rowSecurity) continue;
      const strangers = reach.strangers(table, rights);
      if (strangers.length === 0) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `${strangers.join(", ")} may use the queue table ${name} without row-level security: whoever has the public key reads, adds or takes away any message.`,
        object: `${name}`,
        fix: sql`alter table ${name} enable row level security;`,
        undo: sql`alter table ${name} disable row level security;`,
      };
    }
  },
});
