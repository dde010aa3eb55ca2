import type { Step } from "../../migration/step.ts";
import { alterationsOf } from "../../sql/alterations.ts";
import type { Name } from "../../sql/quote.ts";
import { givingUp, queueOn } from "../queue.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, placeOf } from "../touched.ts";

/** Of a table that is partitioned, what the step locks against everybody beside it. */
function partitionsLocked({ effects = [] }: Step, { name }: Name): number {
  return effects.filter(
    ({ lock, table, relation }) => lock === "ACCESS EXCLUSIVE" && relation.name !== name && table?.partition.bound !== undefined,
  ).length;
}

/** What changes one partition and no other. */
const ofOnePartition = new Set(["AT_AttachPartition", "AT_DetachPartition", "AT_DetachPartitionFinalize"]);

export default migrationRule({
  id: "migration/partition-ddl-cascades",
  severity: "warning",

  *check(step) {
    const [first] = alterationsOf(step.statement);
    if (!first || ofOnePartition.has(first.command.subtype ?? "")) return;
    const { table } = first;
    const locked = effectOn(step, table)?.table?.kind === "partitioned table" ? partitionsLocked(step, table) : 0;
    const queue = locked > 0 ? queueOn(step, table) : undefined;
    if (!queue) return;

    yield {
      message: `ALTER TABLE takes an ACCESS EXCLUSIVE lock on ${queue.name} and on each of its partitions, ${locked} of them: it waits for running queries on any one, and every new query on all of them waits behind it.`,
      span: placeOf(step),
      object: table.toString(),
      ...queue.known,
      evidence: { ...queue.known.evidence, partitions: locked },
      ...givingUp(step),
    };
  },
});
