import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/rls-enabled-no-policy",
  severity: "info",

  *check({ tables, policies }) {
    const allowing = new Set(policies.filter(({ permissive }) => permissive).map(({ table }) => table.oid));
    for (const table of tables) {
      // A partition without policies is closed on purpose: its rows are read through the parent.
      if (!table.rowSecurity || allowing.has(table.oid) || table.partition.bound !== undefined) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `Row-level security is on for ${name} and no policy allows anything, so everybody but its owner sees it empty and is refused every insert.`,
        object: `${name}`,
      };
    }
  },
});
