import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/attach-partition-scan",
  severity: "error",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const { subtype, def } = command;
      if (subtype !== "AT_AttachPartition" || !def || !("PartitionCmd" in def) || !def.PartitionCmd.name) continue;
      const partition = nameOfRange(def.PartitionCmd.name);
      if (def.PartitionCmd.bound?.is_default || step.isNew(partition)) continue;
      if (step.effects && !effectOn(step, partition)?.scans) continue;

      const { name, known } = sizedTable(step, partition);
      yield {
        message: `ATTACH PARTITION reads all of ${name} to see that every row belongs into ${table}, under an ACCESS EXCLUSIVE lock on ${partition}: a verified CHECK of the same bounds spares it that.`,
        span,
        object: partition.toString(),
        ...known,
      };
    }
  },
});
