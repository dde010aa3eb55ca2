import type { Effect } from "./step.ts";

/**
 * Bytes per second that a server is taken to read or write while it scans, rewrites or builds. Assumed, not measured: so it
 * is a range, and it is told wherever a duration is.
 */
const RATE = { slow: 100_000_000, fast: 400_000_000 };

export const ratesInWords = "100-400 MB/s";

/** Below a second nobody waits. */
const LEAST_SECONDS = 1;

export interface Duration {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** How long rows are read or written for this step: undefined where they are not, or nobody knows how many bytes there are. */
export function durationOf(effects: readonly Effect[]): Duration | undefined {
  const bytes = effects.map(bytesMoved);
  if (bytes.some((number) => number === undefined)) return undefined;
  const sum = bytes.reduce<number>((total, number) => total + (number ?? 0), 0);
  if (sum === 0) return undefined;
  return { bytes: sum, from: sum / RATE.fast, to: sum / RATE.slow };
}

/** A rewrite reads and writes; an index reads the table once more and writes itself, about as much as it has now. */
function bytesMoved({ table, rewrites, scans, builds }: Effect): number | undefined {
  if (!table || !(rewrites || scans || builds.length > 0)) return 0;
  if (table.bytes === undefined) return table.kind === "partitioned table" ? 0 : undefined;
  const sizes = new Map(table.indexes.map((index) => [index.name, index.bytes]));
  const built = builds.reduce((total, name) => total + (table.bytes ?? 0) + (sizes.get(name) ?? 0), 0);
  return (rewrites ? 2 * table.bytes + table.toastBytes : scans ? table.bytes : 0) + built;
}

export function durationInWords({ from, to }: Duration): string {
  if (to < LEAST_SECONDS) return "under 1 s";
  return `${time(from)} - ${time(to)}`;
}

function time(seconds: number): string {
  if (seconds < 1) return "under 1 s";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
