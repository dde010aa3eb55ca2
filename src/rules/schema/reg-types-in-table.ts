import { nameOf, raw, sql } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";

/** Whose values are oids that a new cluster gives out anew (https://www.postgresql.org/docs/current/pgupgrade.html). */
const blocking = /^(regcollation|regconfig|regdictionary|regnamespace|regoper|regoperator|regproc|regprocedure)(\[\])?$/;
/** Changing the type rewrites the table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

export default schemaRule({
  id: "schema/reg-types-in-table",
  severity: "warning",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      for (const { name: column, type, default: preset } of table.columns) {
        if (!blocking.test(type)) continue;
        const name = nameOf(table.schema, table.name);
        const isSmall = table.kind === "table" && table.rows !== undefined && table.rows < SMALL && preset === undefined;
        yield {
          message: `${name}.${nameOf(undefined, column)} is ${type}, and pg_upgrade refuses a database with such a column, since its values are numbers that the new server gives to something else.`,
          object: `${name}.${nameOf(undefined, column)}`,
          ...(isSmall && {
            fix: sql`alter table ${name} alter column ${column} type text;`,
            undo: sql`alter table ${name} alter column ${column} type ${raw(type)} using ${column}::${raw(type)};`,
          }),
        };
      }
    }
  },
});
