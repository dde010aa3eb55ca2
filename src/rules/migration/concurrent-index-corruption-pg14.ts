import type { Step } from "../../migration/step.ts";
import { isOn } from "../../sql/options.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** `server_version_num` of the first minor version without the fault (https://www.postgresql.org/docs/release/14.4/). */
const FIXED = 140_004;
const NEXT_MAJOR = 150_000;

function buildsConcurrently({ statement: { tree } }: Step): string | undefined {
  if ("IndexStmt" in tree) return tree.IndexStmt.concurrent ? "CREATE INDEX CONCURRENTLY" : undefined;
  return "ReindexStmt" in tree && isOn(tree.ReindexStmt.params, "concurrently") ? "REINDEX CONCURRENTLY" : undefined;
}

export default migrationRule({
  id: "migration/concurrent-index-corruption-pg14",
  severity: "error",
  postgres: { from: 14, until: 14 },

  *check(step) {
    const command = buildsConcurrently(step);
    if (command === undefined) return;
    const { versionNumber = NEXT_MAJOR } = step.found ?? {};
    const isKnown = versionNumber < NEXT_MAJOR;
    if (isKnown && versionNumber >= FIXED) return;

    yield {
      message: `In PostgreSQL 14.0 to 14.3, ${command} can leave out rows that are updated while it runs, and queries by that index then miss them${isKnown ? ": update to 14.4 or later first" : ". From 14.4 on it is mended"}.`,
      span: placeOf(step),
      object: command,
      ...(isKnown ? {} : { severity: "warning" as const }),
    };
  },
});
