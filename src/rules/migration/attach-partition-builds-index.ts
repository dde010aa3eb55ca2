import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/attach-partition-builds-index",
  severity: "error",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const { subtype, def } = command;
      if (subtype !== "AT_AttachPartition" || !def || !("PartitionCmd" in def) || !def.PartitionCmd.name) continue;
      const partition = nameOfRange(def.PartitionCmd.name);
      const { builds = [] } = effectOn(step, partition) ?? {};
      if (builds.length === 0 || step.isNew(partition)) continue;

      const { name, known } = sizedTable(step, partition);
      yield {
        message: `${table} has indexes that ${partition} lacks, so ATTACH PARTITION builds ${builds.join(", ")} over all of ${name}, under an ACCESS EXCLUSIVE lock on it: build them concurrently before.`,
        span,
        object: partition.toString(),
        ...known,
      };
    }
  },
});
