import type { Step } from "../../migration/step.ts";
import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

function attachedBy(step: Step): Name | undefined {
  const attached = alterationsOf(step.statement).find(({ command: { subtype } }) => subtype === "AT_AttachPartition")?.command.def;
  return attached && "PartitionCmd" in attached && attached.PartitionCmd.name ? nameOfRange(attached.PartitionCmd.name) : undefined;
}

export default migrationRule({
  id: "migration/attach-partition-default-scan",
  severity: "error",

  *check(step) {
    const partition = attachedBy(step);
    if (!partition) return;
    const scanned = step.effects?.find(({ relation, scans, table }) => scans && table !== undefined && relation.name !== partition.name);
    if (!scanned || step.isNew(scanned.relation)) return;

    const { name, known } = sizedTable(step, scanned.relation);
    yield {
      message: `Rows of ${partition} may be in the default partition, so Postgres reads all of ${name}, under an ACCESS EXCLUSIVE lock on it: a verified CHECK there that leaves the new bounds out spares it that.`,
      span: placeOf(step),
      object: scanned.relation.toString(),
      ...known,
    };
  },
});
