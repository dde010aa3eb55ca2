import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/type-timestamp-without-tz",
  severity: "info",

  *check({ tables }) {
    for (const table of tables) {
      if (table.kind === "view" || table.kind === "materialized view" || table.parents.length > 0) continue;
      const columns = table.columns.filter(({ type }) => /^timestamp(\(\d\))? without time zone$/.test(type));
      if (columns.length === 0) continue;
      const name = nameOf(table.schema, table.name);
      const [are, mean] = columns.length === 1 ? ["is", "means"] : ["are", "mean"];
      yield {
        message: `${columns.map((column) => `${name}.${nameOf(undefined, column.name)}`).join(", ")} ${are} timestamp without time zone, which ${mean} another moment for every client in another time zone.`,
        object: `${name}`,
      };
    }
  },
});
