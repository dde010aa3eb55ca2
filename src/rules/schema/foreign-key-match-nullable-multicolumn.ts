import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/foreign-key-match-nullable-multicolumn",
  severity: "warning",

  *check({ foreignKeys }) {
    for (const { table, columns, references, match, name } of foreignKeys) {
      const nullable = columns.filter(({ notNull }) => !notNull);
      // One nullable column beside a required one is how an optional reference within a tenant is written.
      if (match === "full" || nullable.length < 2) continue;
      const on = nameOf(table.schema, table.name);
      yield {
        message: `${nameOf(undefined, name)} of ${on} does not check a row where only some of ${columns.map((column) => `${nameOf(undefined, column.name)}`).join(", ")} are NULL, so the others may point at nothing in ${nameOf(references.schema, references.name)}.`,
        object: `${on}.${nameOf(undefined, name)}`,
      };
    }
  },
});
