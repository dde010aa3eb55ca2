import { nameOf, sql } from "../../sql/quote.ts";
import { listed } from "../listed.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

const rights = ["SELECT", "INSERT", "UPDATE", "DELETE"];

export default schemaRule({
  id: "schema/rls-bypass-owner",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    const guarded = new Set(schema.policies.map(({ table }) => table.oid));
    for (const { name: owner, login, superuser, bypassesRowSecurity } of schema.roles) {
      // Past these two every policy is, forced or not.
      if (!login || superuser || bypassesRowSecurity) continue;
      const open = schema.tables.filter(
        (table) => table.owner === owner && table.rowSecurity && !table.forcesRowSecurity && guarded.has(table.oid),
      );
      if (open.length === 0) continue;

      const names = open.map(({ schema: place, name }) => nameOf(place, name));
      const others = open.some((table) => reach.holders(table, rights).length > 0);
      yield {
        message: `${nameOf(undefined, owner)} may log in and owns ${listed(names)}, and policies do not hold for an owner: a program that connects so reaches every row.`,
        object: `${nameOf(undefined, owner)}`,
        evidence: { tables: open.length },
        // Then the program may well come in as one of those.
        ...(others && { severity: "info" as const }),
        fix: names.map((name) => sql`alter table ${name} force row level security;`).join("\n"),
        undo: names.map((name) => sql`alter table ${name} no force row level security;`).join("\n"),
      };
    }
  },
});
