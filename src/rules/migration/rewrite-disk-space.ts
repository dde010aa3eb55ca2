import { migrationRule } from "../rule.ts";
import { LARGE, megabytes, placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/rewrite-disk-space",
  severity: "warning",

  *check(step) {
    const { extraDiskBytes = 0, walBytes = 0 } = step.work ?? {};
    if (step.refused || extraDiskBytes < LARGE) return;

    const wal = walBytes > 0 ? `, and ${megabytes(walBytes)} of WAL come on top` : "";
    const isCopy = step.effects?.some(({ rewrites }) => rewrites);
    const replaced = isCopy ? ": what it replaces goes only when it has ended" : "";
    yield {
      message: `This needs about ${megabytes(extraDiskBytes)} more disk while it runs${wal}${replaced}. How much is free, SQL does not tell.`,
      span: placeOf(step),
      evidence: { extra_disk_bytes: extraDiskBytes, wal_bytes: walBytes },
    };
  },
});
