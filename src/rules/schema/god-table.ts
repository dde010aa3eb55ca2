import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";

/** Columns. */
const MANY = 60;

export default schemaRule({
  id: "schema/god-table",
  severity: "info",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      if (table.columns.length < MANY) continue;
      const name = nameOf(table.schema, table.name);
      const optional = table.columns.filter(({ notNull }) => !notNull).length;
      yield {
        message: `${name} has ${table.columns.length} columns, ${optional} of them optional: each update writes the whole row anew, whichever of them it changes, and few queries want more than a part of it.`,
        object: `${name}`,
        evidence: { columns: table.columns.length, optional },
      };
    }
  },
});
