import { nameOf, raw, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/foreign-table-exposed",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    const isUsed = schema.tables.some(({ rowSecurity }) => rowSecurity);
    for (const table of schema.tables) {
      if (table.kind !== "foreign table") continue;
      const strangers = reach.supabase ? reach.strangers(table, ["SELECT"]) : [];
      const holders = strangers.length === 0 && isUsed ? reach.holders(table, ["SELECT"]) : strangers;
      if (holders.length === 0) continue;

      const name = nameOf(table.schema, table.name);
      const from = raw(holders.map((role) => (role === "PUBLIC" ? "public" : `${nameOf(undefined, role)}`)).join(", "));
      yield {
        message: `${holders.join(", ")} may read the foreign table ${name}, which can have no policies: they see every row that the other server shows to the one user it is asked as.`,
        object: `${name}`,
        evidence: { roles: holders.join(", ") },
        ...(strangers.length > 0 && { severity: "error" as const }),
        fix: sql`revoke select on ${name} from ${from};`,
        undo: sql`grant select on ${name} to ${from};`,
      };
    }
  },
});
