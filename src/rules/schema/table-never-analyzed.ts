import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** Blocks. Of a smaller table the planner takes this many anyway (`table_block_relation_estimate_size`). */
const BLOCKS = 10;

export default schemaRule({
  id: "schema/table-never-analyzed",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      if (table.size.tuples >= 0 || !isFilled(table, tables)) continue;
      const name = nameOf(table.schema, table.name);
      const why = table.kind === "partitioned table" ? ", which autovacuum never does for a partitioned table" : "";
      yield {
        message: `${name} has rows and was never analysed${why}: the planner guesses how many there are and knows nothing of their values.`,
        object: `${name}`,
        evidence: { blocks: table.size.blocks },
        fix: sql`analyze ${name};`,
      };
    }
  },
});

/** A partitioned table has rows where one of its partitions was analysed and had some. */
const isFilled = ({ oid, kind, size }: Table, tables: readonly Table[]) =>
  kind === "partitioned table"
    ? tables.some(({ parents, rows = 0 }) => parents.some((parent) => parent.oid === oid) && rows > 0)
    : kind === "table" && size.blocks > BLOCKS;
