import type { Step } from "../migration/step.ts";
import type { Wait } from "../migration/waits.ts";

/** Seconds. A younger transaction is over before anybody reads the answer. */
const LASTING = 1;

/** Those that are there to stay, or whose age this role may not see. The oldest first. */
export const lasting = ({ waits }: Step): readonly Wait[] => waits.filter(({ holder: { age } }) => age === undefined || age >= LASTING);

/** "pid 4711 (psql, idle in transaction for 5 min)" */
export function holderOf({ holder: { pid, application, kind, state, age } }: Wait): string {
  const what = kind === undefined || kind === "client backend" || kind === "prepared transaction" ? undefined : kind;
  const since = [state ?? (kind === "prepared transaction" ? "prepared" : "open"), age === undefined ? "" : `for ${duration(age)}`];
  const about = [application === "" ? undefined : application, what, since.filter(Boolean).join(" ")].filter((part) => part !== undefined);
  return `${pid === undefined ? "a prepared transaction" : `pid ${pid}`} (${about.join(", ")})`;
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
