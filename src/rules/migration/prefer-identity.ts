import { columnsWritten } from "../../sql/columns-written.ts";
import { migrationRule } from "../rule.ts";

const serial = /^(?:small|big)?serial$|^serial[248]$/;

export default migrationRule({
  id: "migration/prefer-identity",
  severity: "info",
  postgres: { from: 10 },

  *check(step) {
    for (const { table, name, type, span } of columnsWritten(step.statement)) {
      if (!serial.test(type.name) || type.array) continue;

      yield {
        message: `${name} of ${table} is ${type.name}: whoever inserts needs a right to its sequence too, and may write any number past it, which an identity column refuses.`,
        span,
        object: `${table}.${name}`,
      };
    }
  },
});
