import { nameOf, unquote } from "../../sql/quote.ts";
import { isOptional } from "../covers.ts";
import { schemaRule } from "../rule.ts";

/** Of the rows: for a value that fewer have, an index is read rather than the table. */
const RARE = 0.05;

export default schemaRule({
  id: "schema/boolean",
  severity: "info",

  *check({ tables, spreads }) {
    const seen = new Map(spreads.map((spread) => [`${spread.table.oid} ${spread.column}`, spread]));
    for (const table of tables) {
      for (const index of table.indexes.filter(isOptional)) {
        const [key = "", ...more] = index.keys;
        const column = table.columns.find(({ name }) => name === unquote(key));
        if (more.length > 0 || index.include.length > 0 || index.where !== undefined || column?.type !== "boolean") continue;
        const rarest = seen.get(`${table.oid} ${column.name}`)?.common.at(1);
        const on = nameOf(table.schema, table.name);
        const share = rarest === undefined ? "" : `, and the rarer one stands in ${Math.round(rarest * 100)} % of the rows`;
        yield {
          message: `${nameOf(undefined, index.name)} on ${on} has an entry for every row and two values to find${share}: ${rarest !== undefined && rarest > RARE ? "neither is found faster by it" : `a partial index with the condition on ${nameOf(undefined, column.name)}, and a column that is asked for in it, holds the rare rows alone`}.`,
          object: `${on}.${nameOf(undefined, index.name)}`,
          evidence: { bytes: index.bytes, ...(rarest !== undefined && { rarest }) },
        };
      }
    }
  },
});
