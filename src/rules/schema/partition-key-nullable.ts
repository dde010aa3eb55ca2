import { nameOf, sql } from "../../sql/quote.ts";
import { keyColumns, partitionsOf } from "../partitions.ts";
import { schemaRule } from "../rule.ts";

/** SET NOT NULL reads the whole table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

export default schemaRule({
  id: "schema/partition-key-nullable",
  severity: "warning",

  *check(schema) {
    for (const { parent, partitions } of partitionsOf(schema)) {
      // A list can name NULL, and a hash has a place for it.
      if (!parent.partition.key?.startsWith("RANGE") || parent.partition.bound !== undefined) continue;
      const [column] = keyColumns(parent)?.filter(({ notNull }) => !notNull) ?? [];
      if (!column) continue;
      const name = nameOf(parent.schema, parent.name);
      const rest = partitions.some(({ partition }) => partition.bound === "DEFAULT");
      yield {
        message: `${name} is partitioned by ${nameOf(undefined, column.name)}, which may be NULL: ${rest ? "such a row goes into the DEFAULT partition, where no range ever finds it" : "an insert of such a row is refused as one that no partition takes"}.`,
        object: `${name}.${nameOf(undefined, column.name)}`,
        ...(parent.rows !== undefined &&
          parent.rows < SMALL && {
            fix: sql`alter table ${name} alter column ${column.name} set not null;`,
            undo: sql`alter table ${name} alter column ${column.name} drop not null;`,
          }),
      };
    }
  },
});
