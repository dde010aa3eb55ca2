import { nameOf } from "../../sql/quote.ts";
import { partitionsOf } from "../partitions.ts";
import { schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

export default schemaRule({
  id: "schema/default-partition-filling",
  severity: "warning",

  *check(schema) {
    for (const { parent, partitions } of partitionsOf(schema)) {
      const rest = partitions.find(({ partition }) => partition.bound === "DEFAULT");
      const rows = rest?.rows ?? 0;
      if (!rest || rows === 0) continue;
      const [name, own] = [nameOf(parent.schema, parent.name), nameOf(rest.schema, rest.name)];
      yield {
        message: `${own}, the DEFAULT partition of ${name}, holds about ${count(rows)} ${rows === 1 ? "row" : "rows"}: a partition for their values is refused until they are moved, and making any other one reads all of them under an exclusive lock.`,
        object: `${own}`,
        evidence: { rows },
      };
    }
  },
});
