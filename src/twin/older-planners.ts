import type { Session } from "./twin.ts";

/** Of the twin itself, in the numbering of `server_version_num`. */
const OWN = 180000;

/**
 * Settings that 18's planner has beyond 15's, and the version that brought what they switch: release notes of 16, 17 and
 * 18 (https://www.postgresql.org/docs/release/), guc_tables.c of 15 against 18. What has no setting and cannot be undone is
 * told by `newerThan` in src/plan.
 */
const since: readonly (readonly [version: number, setting: string])[] = [
  [160000, "enable_presorted_aggregate"],
  [170000, "enable_group_by_reordering"],
  [180000, "enable_distinct_reordering"],
  [180000, "enable_self_join_elimination"],
];

/** For an older server the twin's planner does without what came later. Tells what it could not do without, one sentence each. */
export async function planAs(session: Session, versionNumber: number): Promise<readonly string[]> {
  if (versionNumber >= OWN) return [];
  await session.run(since.filter(([version]) => versionNumber < version).map(([, setting]) => `set local ${setting} = off`));
  if (await session.planAs(versionNumber)) return [];
  return [
    `the twin skips through an index that has no condition on its first column, and PostgreSQL ${Math.floor(versionNumber / 10_000)} does not: there such an index costs more than is told here`,
  ];
}
