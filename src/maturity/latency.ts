import type { Evidence } from "./evidence.ts";
import { type Indicator, type Level, shareText, unseen } from "./indicator.ts";

/** No percentile is kept by Postgres: `pg_stat_statements` has the mean, the extremes and the deviation of each statement. */
export function latency({ statements }: Evidence, level: Level, most: number): Indicator {
  const slow = statements.state === "ready" ? statements.counted.filter(({ meanTime }) => meanTime > most) : [];
  const means =
    statements.state === "ready" && statements.counted.length > 0
      ? `; ${shareText(slow.length, statements.counted.length)} statements take more than ${most} ms in the mean`
      : "";
  return unseen(level, {
    name: `p95 below ${most} ms`,
    value: `pg_stat_statements keeps no percentile${means}`,
    ask: "What p95 does the application's own monitoring show?",
  });
}

export const migrationSuccess = (level: Level, needs: string): Indicator =>
  unseen(level, {
    name: "success of migrations",
    value: "it is known to whatever runs them",
    ask: `Did ${needs} of the last hundred migrations succeed at the first try?`,
  });
