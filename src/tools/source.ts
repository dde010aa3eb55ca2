import type { Settings } from "../catalog/settings.ts";
import type { LiveDatabase } from "../database/live-database.ts";
import type { Basis } from "./answer.ts";
import { rightsOf } from "./rights.ts";

interface Graded {
  readonly grade: Basis["statistics"];
  /** Of the oldest ANALYZE. */
  readonly asOf: string | undefined;
}

const DAY = 86_400_000;
/** A week: by then most teams have released, and autovacuum has analysed what is busy. */
const OLD_DAYS = 7;

/** What a database is known by: a live one, or the snapshot that stands in for it. */
export function basisOf(database: LiveDatabase, settings: Settings, { grade, asOf }: Graded): Basis {
  const taken = database.snapshot()?.takenAt;
  const date = taken ?? asOf;
  const role = rightsOf(database);
  return {
    source: taken === undefined ? "live" : "snapshot",
    database: database.describe(),
    ...(role !== undefined && { role }),
    server_version: settings.version,
    ...(settings.replica && { replica: true }),
    statistics: grade,
    ...(date !== undefined && { as_of: date }),
    ...ageOf(taken),
    ...(settings.statisticsReset !== undefined && { statistics_reset: settings.statisticsReset }),
  };
}

/** Of `server_version_num`; the tests run 14 to 18. */
const NEWER = 190_000;

/** What a server is that its version and its place in a cluster do not let us see. */
export function serverLimits({ versionNumber, replica }: Settings): readonly string[] {
  const newer = `PostgreSQL ${Math.floor(versionNumber / 10_000)} is newer than what this was tested with (14 to 18): what came later is not seen, and plans are those of 18`;
  const counters = "how often the primary used its tables and indexes: a replica counts only its own scans";
  return [...(versionNumber >= NEWER ? [newer] : []), ...(replica ? [counters] : [])];
}

function ageOf(taken: string | undefined): Pick<Basis, "age"> {
  const days = taken === undefined ? 0 : Math.floor((Date.now() - Date.parse(taken)) / DAY);
  return days > OLD_DAYS ? { age: `${days} days old: write it anew with \`backend-db-mcp snapshot\`` } : {};
}

/** Without values, statistics say how many values a column has, not which are common or where ranges end. */
export function withoutValues<Known extends { grade: Basis["statistics"]; limits: readonly string[] }>(
  database: LiveDatabase,
  known: Known,
): Known {
  if (known.grade === "none" || (database.snapshot()?.values ?? true)) return known;
  const missing = "common values and ranges: the snapshot was written without most common values and histograms (--with-values)";
  return { ...known, grade: "partial", limits: [...known.limits, missing] };
}
