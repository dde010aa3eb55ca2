import { nameOf, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/sensitive-columns-exposed",
  severity: "error",

  *check(schema) {
    const reach = reachOf(schema);
    for (const table of schema.tables) {
      const columns = table.columns.filter((column) => secret.test(column.name));
      const strangers = columns.length === 0 || table.rowSecurity ? [] : reach.strangers(table, ["SELECT"]);
      if (strangers.length === 0) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `${strangers.join(", ")} may read ${columns.map((column) => `${name}.${nameOf(undefined, column.name)}`).join(", ")} of every row, because row-level security is off on ${name}.`,
        object: `${name}`,
        fix: sql`alter table ${name} enable row level security;`,
        undo: sql`alter table ${name} disable row level security;`,
      };
    }
  },
});

/** Whole words of a name in snake case. */
const secret =
  /(^|_)(passwd|password|pwd|password_hash|secret|ssn|social_security(_number)?|credit_card(_number)?|card_number|cvv|cvc|iban|passport(_number)?|(api|private|secret)_?key|(access|refresh|auth|api|session)_token|totp_seed)($|_)/;
