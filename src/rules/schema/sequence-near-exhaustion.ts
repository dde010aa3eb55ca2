import type { Sequence } from "../../catalog/sequences.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** Shares of the values that are used up. */
const [NEAR, VERY_NEAR] = [0.75, 0.9];
/** The largest value (https://www.postgresql.org/docs/current/datatype-numeric.html). */
const largest: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647 };

export default schemaRule({
  id: "schema/sequence-near-exhaustion",
  severity: "warning",

  *check({ sequences, tables }) {
    const byOid = new Map(tables.map((table) => [table.oid, table]));
    for (const sequence of sequences) {
      const { last, cycle, increment } = sequence;
      if (last === undefined || cycle || increment < 0) continue;
      const column = columnOf(sequence, byOid.get(sequence.ownedBy?.table ?? 0));
      const most = Math.min(sequence.max, largest[column?.type ?? ""] ?? Number.POSITIVE_INFINITY);
      const share = last / most;
      if (share < NEAR) continue;

      const name = nameOf(sequence.schema, sequence.name);
      // The column has room for more than its sequence gives: that is a matter of the catalog alone.
      const isNarrow = column?.type === "bigint" && sequence.type !== "bigint";
      yield {
        message: `${name} has given out ${last.toLocaleString("en-US")} of ${most.toLocaleString("en-US")} values (${Math.floor(share * 100)} %), and at the last one every insert fails.`,
        object: `${name}`,
        evidence: { last, most },
        ...(share >= VERY_NEAR && { severity: "error" as const }),
        ...(isNarrow && { fix: sql`alter sequence ${name} as bigint;` }),
      };
    }
  },
});

const columnOf = ({ ownedBy }: Sequence, table: Table | undefined) => table?.columns.find(({ name }) => name === ownedBy?.column);
