import type { Schema } from "../../catalog/schema.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { type Reach, reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

const rights = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"];

export default schemaRule({
  id: "schema/rls-disabled-exposed-table",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    // Where no table has policies, rights alone decide, and every table would be one of these.
    const isUsed = schema.tables.some(({ rowSecurity }) => rowSecurity);
    for (const table of schema.tables.filter((candidate) => isOpen(candidate, schema, reach))) {
      const strangers = reach.supabase ? reach.strangers(table, rights) : [];
      const holders = strangers.length === 0 && isUsed ? reach.holders(table, rights) : strangers;
      if (holders.length === 0) continue;

      const name = nameOf(table.schema, table.name);
      yield {
        message: `Row-level security is off on ${name}, and ${holders.join(", ")} may use it: whoever comes in so reaches every row.`,
        object: `${name}`,
        evidence: { roles: holders.join(", ") },
        ...(strangers.length > 0 && { severity: "error" as const }),
        fix: sql`alter table ${name} enable row level security;`,
        undo: sql`alter table ${name} disable row level security;`,
      };
    }
  },
});

/** Tables with policies and queues are told of by other rules; foreign tables cannot have any. */
function isOpen(table: Table, { policies }: Schema, { supabase }: Reach): boolean {
  if (table.rowSecurity || table.kind === "foreign table" || (supabase && table.schema === "pgmq")) return false;
  return !policies.some((policy) => policy.table.oid === table.oid);
}
