import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** Changing the type rewrites the table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

export default schemaRule({
  id: "schema/float-for-money",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      if (table.parents.length > 0) continue;
      for (const { name: column, type } of table.columns) {
        if ((type !== "real" && type !== "double precision") || !money.test(column)) continue;
        const name = nameOf(table.schema, table.name);
        yield {
          message: `${name}.${nameOf(undefined, column)} is ${type}, which holds no cents exactly: sums of it drift, and an amount may not equal itself after a calculation.`,
          object: `${name}.${nameOf(undefined, column)}`,
          ...(table.kind === "table" &&
            table.rows !== undefined &&
            table.rows < SMALL && { fix: sql`alter table ${name} alter column ${column} type numeric;` }),
        };
      }
    }
  },
});

/** Whole words of a name in snake case. */
const money =
  /(^|_)(amount|balance|cost|discount|fee|fees|price|revenue|salary|subtotal|tax|total|wage)($|_(cents|eur|usd|gbp|net|gross|due|paid)$)/;
