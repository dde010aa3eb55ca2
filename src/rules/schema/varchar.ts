import { nameOf } from "../../sql/quote.ts";
import { bySchema, declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Lengths that other databases have a reason for, and that nobody chose for the values. */
const borrowed = /^character varying\((191|254|255|256|4000)\)$/;

export default schemaRule({
  id: "schema/varchar",
  severity: "info",

  *check(schema) {
    for (const [place, tables] of bySchema(declaredTables(schema))) {
      const columns = tables.flatMap((table) =>
        table.columns
          .filter(({ type }) => borrowed.test(type))
          .map((column) => `${nameOf(table.schema, table.name)}.${nameOf(undefined, column.name)}`),
      );
      if (columns.length === 0) continue;
      yield {
        message: `${listed(columns)} ${columns.length === 1 ? "has" : "have"} a limit of characters that saves nothing in Postgres and refuses the first value that is longer.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { columns: columns.length },
      };
    }
  },
});
