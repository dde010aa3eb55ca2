import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/policy-exists-rls-disabled",
  severity: "error",

  *check({ tables, policies }) {
    for (const table of tables) {
      const own = policies.filter((policy) => policy.table.oid === table.oid);
      if (table.rowSecurity || own.length === 0) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `${name} has ${own.length === 1 ? "a policy" : `${own.length} policies`} (${own.map((policy) => `${nameOf(undefined, policy.name)}`).join(", ")}), but row-level security is off on it, so ${own.length === 1 ? "it holds" : "they hold"} for nobody.`,
        object: `${name}`,
        fix: sql`alter table ${name} enable row level security;`,
        undo: sql`alter table ${name} disable row level security;`,
      };
    }
  },
});
