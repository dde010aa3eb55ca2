import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { isBound } from "../touched.ts";

export default migrationRule({
  id: "migration/detach-partition-not-concurrent",
  severity: "warning",
  postgres: { from: 14 },

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const { subtype, def } = command;
      if (subtype !== "AT_DetachPartition" || !def || !("PartitionCmd" in def) || !def.PartitionCmd.name) continue;
      if (def.PartitionCmd.concurrent || step.isNew(table)) continue;
      const partition = nameOfRange(def.PartitionCmd.name);

      yield {
        message: `DETACH PARTITION takes an ACCESS EXCLUSIVE lock on ${table} and on ${partition}: while it waits for running queries, every new one on any partition waits behind it.`,
        span,
        object: table.toString(),
        fix: isBound(step) ? undefined : sql`alter table ${table} detach partition ${partition} concurrently;`,
      };
    }
  },
});
