import { columnsWritten } from "../../sql/columns-written.ts";
import { migrationRule } from "../rule.ts";

/** https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT */
const largest: Readonly<Record<string, string>> = {
  smallint: "32,767",
  smallserial: "32,767",
  serial2: "32,767",
  integer: "2,147,483,647",
  serial: "2,147,483,647",
  serial4: "2,147,483,647",
};

export default migrationRule({
  id: "migration/prefer-bigint",
  severity: "info",

  *check(step) {
    for (const { table, name, type, span } of columnsWritten(step.statement)) {
      const most = largest[type.name];
      if (most === undefined) continue;

      yield {
        message: `${name} of ${table} is ${type.name}, which ends at ${most}, and making it bigint later rewrites the table under an ACCESS EXCLUSIVE lock.`,
        span,
        object: `${table}.${name}`,
      };
    }
  },
});
