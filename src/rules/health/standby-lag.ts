import { healthRule } from "../rule.ts";
import { size } from "../wording.ts";

/** Bytes: sixteen segments of the log. */
const FAR = 256 * 1024 ** 2;

export default healthRule({
  id: "health/standby-lag",
  severity: "warning",

  *check({ followers }) {
    for (const { kind, name, bytes, state } of followers) {
      if (kind !== "standby" || bytes === undefined || bytes < FAR) continue;
      yield {
        message: `${name} has ${size(bytes)} of WAL to replay yet (${state ?? "state unknown"}): it answers with older rows, and a failover to it waits for that or loses it.`,
        object: name,
        evidence: { source: "pg_stat_replication", bytes },
      };
    }
  },
});
