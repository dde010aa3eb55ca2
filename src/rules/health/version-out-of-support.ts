import { healthRule } from "../rule.ts";

/**
 * The last release of each major version: five years after the first one, with the releases of that November, which come on its second
 * Thursday (https://www.postgresql.org/support/versioning/, https://www.postgresql.org/developer/roadmap/).
 */
const ends: ReadonlyMap<number, string> = new Map([
  [13, "2025-11-13"],
  [14, "2026-11-12"],
  [15, "2027-11-11"],
  [16, "2028-11-09"],
  [17, "2029-11-08"],
  [18, "2030-11-14"],
]);
const DAY = 86_400_000;
/** Days: an upgrade of a major version takes a project its planning. */
const SOON = 365;

export default healthRule({
  id: "health/version-out-of-support",
  severity: "info",

  *check({ versionNumber, asOf }) {
    const major = Math.floor(versionNumber / 10_000);
    const end = ends.get(major);
    if (end === undefined || asOf === undefined) return;
    const days = (Date.parse(end) - Date.parse(asOf)) / DAY;
    if (days > SOON) return;
    yield {
      message:
        days < 0
          ? `PostgreSQL ${major} had its last release on ${end}, by the schedule of 2026: holes that are found since are not mended.`
          : `PostgreSQL ${major} has its last release on ${end} by the schedule of 2026, in ${Math.round(days)} days.`,
      evidence: { source: "server_version_num", major, last_release: end },
      ...(days < 0 && { severity: "error" as const }),
    };
  },
});
