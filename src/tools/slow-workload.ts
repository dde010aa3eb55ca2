import { readOrigin } from "../catalog/origin.ts";
import { readSettings } from "../catalog/settings.ts";
import { missingStatements, readWorkload, readWorkloadPlace, type Workload, type WorkloadPlace } from "../catalog/workload.ts";
import type { Database } from "../database/database.ts";
import { ToolError } from "../error.ts";
import { quote } from "../sql/quote.ts";
import type { Context } from "./tool.ts";

/** What a server counted, with what says how far that can be trusted. */
export interface ServerCounts {
  readonly workload: Workload;
  readonly place: WorkloadPlace | undefined;
  readonly database: string;
  /** When it was read, by the server's clock, or when the snapshot was taken. ISO 8601. */
  readonly now: string;
  readonly versionNumber: number;
  /** Why not all statements are seen. */
  readonly missing: string | undefined;
}

/** Throws what has to be done first where there is nothing to read. */
export async function readCounts(context: Context): Promise<ServerCounts> {
  context.progress("Reading pg_stat_statements");
  const { found, place, missing, ...rest } = await context.database().transaction(countsIn, context);
  if ("state" in found) {
    const why =
      found.state === "left out"
        ? "The snapshot was written without the workload. Write it anew with `backend-db-mcp snapshot` and without --no-workload."
        : (missing ?? "pg_stat_statements cannot be read.");
    throw new ToolError(found.state === "not readable" ? "permission_denied" : "invalid_argument", why);
  }
  if (found.statements.length === 0 && found.hiddenCalls > 0) throw new ToolError("permission_denied", missing ?? "");
  return { ...rest, workload: found, place, missing };
}

export async function countsIn(connection: Database) {
  const place = await readWorkloadPlace(connection);
  const found = await readWorkload(connection);
  const { user, versionNumber } = await readSettings(connection);
  const { database, now } = await readOrigin(connection);
  const missing = missingStatements(place, "state" in found ? 0 : found.hiddenCalls, quote(user));
  return { found, place, database, now, versionNumber, missing };
}

/** `default_version` of contrib/pg_stat_statements/pg_stat_statements.control, by major version of the server. */
const shipped: ReadonlyMap<number, string> = new Map([
  [14, "1.9"],
  [15, "1.10"],
  [16, "1.10"],
  [17, "1.11"],
  [18, "1.12"],
]);

/** An upgrade of the server leaves an extension as it was. */
function extensionLimits({ place, versionNumber }: ServerCounts): readonly string[] {
  const newest = shipped.get(Math.floor(versionNumber / 10_000));
  const { version } = place ?? {};
  if (newest === undefined || !version || minorOf(version) >= minorOf(newest)) return [];
  return [`figures that came after version ${version} of the extension, ${newest} is here: alter extension pg_stat_statements update`];
}

/** All versions begin with "1." */
const minorOf = (version: string) => Number(version.split(".")[1] ?? 0);

const isOff = (value: string | undefined) => value === "off";

/** What the figures leave out, and which setting or version is the reason. */
export function countLimits(counts: ServerCounts): readonly string[] {
  const { workload, place, missing } = counts;
  const { evictions = 0, lostCalls } = workload;
  const settings = place?.settings ?? {};
  return [
    ...(missing === undefined ? [] : [missing.replace(/[.;]$/, "")]),
    ...(evictions > 0
      ? [
          `statements that pg_stat_statements forgot to make room, ${evictions} times (pg_stat_statements.max is ${settings["pg_stat_statements.max"] ?? "reached"})`,
        ]
      : []),
    ...(lostCalls > 0 ? [`the texts of ${lostCalls} calls, which the server has lost`] : []),
    ...(isOff(settings.track_io_timing) ? ["the time of reading and writing blocks: track_io_timing is off"] : []),
    ...(isOff(settings["pg_stat_statements.track_planning"]) ? ["the time of planning: pg_stat_statements.track_planning is off"] : []),
    ...trackLimits(settings),
    ...extensionLimits(counts),
  ];
}

function trackLimits(settings: Readonly<Record<string, string>>): readonly string[] {
  const track = settings["pg_stat_statements.track"];
  return [
    ...(track === "top" ? ["statements within functions: pg_stat_statements.track is top"] : []),
    ...(track === "none" ? ["what is sent now: pg_stat_statements.track is none, so nothing is counted"] : []),
    ...(isOff(settings.compute_query_id) ? ["what is sent now: compute_query_id is off, so nothing is counted"] : []),
  ];
}
