import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

export default healthRule({
  id: "health/blocked-sessions",
  severity: "warning",

  *check({ blocked }) {
    for (const { pid, waits, lock, by, patience } of blocked) {
      if (waits < patience) continue;
      // A prepared transaction has no process: it blocks as 0.
      const who = by.map((other) => (other === 0 ? "a prepared transaction" : `session ${other}`)).join(", ") || "a session that is gone";
      yield {
        message: `Session ${pid} has waited ${count(waits)} s for ${lock} behind ${who}, and whoever asks for a lock that conflicts waits behind it.`,
        object: `${pid}`,
        evidence: { source: "pg_locks", seconds: Math.round(waits), blocked_by: by.join(", ") },
      };
    }
  },
});
