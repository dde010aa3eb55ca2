import { healthRule } from "../rule.ts";

/** Shares of the connections. */
const [NEAR, FULL] = [0.8, 0.95];

export default healthRule({
  id: "health/connection-saturation",
  severity: "warning",

  *check({ sessions }) {
    if (!sessions || sessions.used < NEAR * sessions.most) return;
    const { used, most, idle } = sessions;
    yield {
      message: `${used} of ${most} connections are taken${idle > 0 ? `, ${idle} of them idle` : ""}: at the last one the server refuses every new one.`,
      evidence: { source: "pg_stat_activity", used, most, idle },
      ...(used >= FULL * most && { severity: "error" as const }),
    };
  },
});
