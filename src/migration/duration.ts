/**
 * Bytes per second that a server is taken to read and write, its WAL included, while it scans, rewrites or builds. Assumed, not
 * measured on the server in question: so it is a range, and it is told wherever a duration is.
 */
const RATE = { slow: 100_000_000, fast: 400_000_000 };

export const ratesInWords = "100-400 MB/s";

/** Below a second nobody waits. */
const LEAST_SECONDS = 1;

/** Seconds. */
export interface Duration {
  readonly from: number;
  readonly to: number;
}

export const noTime: Duration = { from: 0, to: 0 };

interface Moved {
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
  readonly walBytes: number | undefined;
}

/** Undefined where nobody knows how many bytes are read or written. */
export function durationOf({ readBytes, writtenBytes, walBytes }: Moved): Duration | undefined {
  if (readBytes === undefined || writtenBytes === undefined || walBytes === undefined) return undefined;
  const bytes = readBytes + writtenBytes + walBytes;
  return { from: tenths(bytes / RATE.fast), to: tenths(bytes / RATE.slow) };
}

const tenths = (seconds: number) => Math.round(seconds * 10) / 10;

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
