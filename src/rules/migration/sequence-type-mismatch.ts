import { alterationsOf } from "../../sql/alterations.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";

const widths = ["smallint", "integer", "bigint"];
/** The largest value (https://www.postgresql.org/docs/current/datatype-numeric.html). */
const largest: Readonly<Record<string, string>> = { smallint: "32,767", integer: "2,147,483,647" };

export default migrationRule({
  id: "migration/sequence-type-mismatch",
  severity: "warning",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      if (command.subtype !== "AT_AlterColumnType") continue;
      const altered = leftTable(step, table);
      const column = altered?.columns.find(({ name }) => name === command.name);
      const sequence = step.left?.sequences.find(({ ownedBy }) => ownedBy?.table === altered?.oid && ownedBy?.column === column?.name);
      if (!column || !sequence || widths.indexOf(sequence.type) >= widths.indexOf(column.type)) continue;

      const name = nameOf(sequence.schema, sequence.name);
      yield {
        message: `${command.name} of ${table} becomes ${column.type}, but ${name} that fills it stays ${sequence.type}: after ${largest[sequence.type]} every insert fails all the same.`,
        span,
        object: name.toString(),
        fix: sql`alter sequence ${name} as ${{ sql: column.type }};`,
      };
    }
  },
});
