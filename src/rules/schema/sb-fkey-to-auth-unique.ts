import { nameOf } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/sb-fkey-to-auth-unique",
  severity: "error",

  *check(schema) {
    if (!reachOf(schema).supabase) return;
    for (const { table, references, constraint, referencedColumns, name } of schema.foreignKeys) {
      const key = references.constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
      const isKey = referencedColumns.every((column) => key.includes(column));
      if (references.schema !== "auth" || table.schema === "auth" || isKey) continue;
      const on = nameOf(table.schema, table.name);
      yield {
        message: `${on} (${constraint.columns.join(", ")}) refers to ${nameOf(references.schema, references.name)} (${referencedColumns.join(", ")}), which is not its primary key: when Supabase changes that unique constraint, its own migration fails on ${nameOf(undefined, name)}.`,
        object: `${on}.${nameOf(undefined, name)}`,
      };
    }
  },
});
