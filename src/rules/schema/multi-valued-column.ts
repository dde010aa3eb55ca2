import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";

/** Words for several things, at the end of a name in snake case or camel case. */
const several =
  /(^|_)(ids|list|csv|tags|keywords|emails|codes|roles|categories)$|[a-z](Ids|List|Csv|CSV|Tags|Keywords|Emails|Codes|Roles|Categories)$/;

/** One thing for all that: a reference to a list, or codes that are kept as one secret. */
const one = /(^|_)(price|wait|black|white|allow|deny)_?list$|(backup|recovery|reset|scratch|one_?time)_?codes$/i;

export default schemaRule({
  id: "schema/multi-valued-column",
  severity: "info",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      for (const { name: column, type } of table.columns) {
        if (!/^(text|character varying)/.test(type) || type.endsWith("[]") || !several.test(column) || one.test(column)) continue;
        const name = nameOf(table.schema, table.name);
        yield {
          message: `${name}.${nameOf(undefined, column)} is ${type} and by its name holds several values: if it does, no reference checks them, no plain index finds one of them, and taking one out rewrites the text.`,
          object: `${name}.${nameOf(undefined, column)}`,
        };
      }
    }
  },
});
