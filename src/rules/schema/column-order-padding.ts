import type { Column } from "../../catalog/columns.ts";
import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";
import { size } from "../wording.ts";

/** Bytes a row, where nobody knows how many rows there are, and bytes of all rows where somebody does. */
const [EACH, ALL] = [16, 100 * 1024 ** 2];

export default schemaRule({
  id: "schema/column-order-padding",
  severity: "info",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      const spared = padding(table.columns) - padding(table.columns.toSorted((a, b) => rank(b) - rank(a)));
      const whole = table.rows === undefined ? undefined : spared * table.rows;
      if (whole === undefined ? spared < EACH : whole < ALL) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `Every row of ${name} has ${spared} bytes of padding between its columns${whole === undefined ? "" : ` (${size(whole)} in all)`}, which would not be there with the widest fixed types first: worth it only when the table is written anew anyway.`,
        object: `${name}`,
        evidence: { bytesEach: spared, ...(whole !== undefined && { bytes: whole }) },
      };
    }
  },
});

/** Those of fixed length first, by their alignment. */
const rank = ({ length, alignment }: Column) => (length > 0 ? alignment : 0);

/**
 * Bytes left empty so that each value starts where it must (https://www.postgresql.org/docs/current/storage-page-layout.html). A short
 * value of varying length may start anywhere; where it ends nobody knows, so what comes behind it is taken to fit.
 */
function padding(columns: readonly Column[]): number {
  let [offset, empty] = [0, 0];
  for (const { length, alignment } of columns) {
    const gap = length > 0 ? (alignment - (offset % alignment)) % alignment : 0;
    empty += gap;
    offset = length > 0 ? offset + gap + length : 0;
  }
  return empty;
}
