import { nameOf } from "../../sql/quote.ts";
import { bySchema, declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Of the tables of a schema, the share with a comment: where fewer have one, nobody writes them. */
const CUSTOM = 0.5;

export default schemaRule({
  id: "schema/no-description",
  severity: "info",

  *check(schema) {
    for (const [place, tables] of bySchema(declaredTables(schema))) {
      const without = tables.filter(({ commented }) => !commented);
      if (without.length === 0 || without.length > CUSTOM * tables.length) continue;
      yield {
        message: `${listed(without.map(({ name }) => nameOf(place, name)))} ${without.length === 1 ? "has" : "have"} no comment, unlike the other ${tables.length - without.length} tables of ${nameOf(undefined, place)}: what people and models read to learn what a table means is missing there.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { tables: without.length, of: tables.length },
      };
    }
  },
});
