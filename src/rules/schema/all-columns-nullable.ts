import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/all-columns-nullable",
  severity: "info",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      const columns = table.columns.filter(({ generated }) => generated === undefined);
      if (columns.length < 2 || columns.some(({ notNull }) => notNull)) continue;
      const checked = table.constraints.some(({ kind, definition }) => kind === "check" && /IS NOT NULL|num_n(on)?nulls/i.test(definition));
      if (checked) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `Every one of the ${columns.length} columns of ${name} may be NULL, so a row that says nothing at all is accepted.`,
        object: `${name}`,
      };
    }
  },
});
