import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

export default healthRule({
  id: "health/archiving-failing",
  severity: "error",

  *check({ counters, settings }) {
    if (!counters || (settings.get("archive_mode") ?? "off") === "off") return;
    const { lastArchived, lastArchiveFailure, archiveFailures } = counters;
    if (lastArchiveFailure === undefined || (lastArchived !== undefined && lastArchived >= lastArchiveFailure)) return;
    yield {
      message: `The last try to archive WAL failed (${lastArchiveFailure}, ${count(archiveFailures)} ${archiveFailures === 1 ? "failure" : "failures"}${lastArchived === undefined ? ", nothing archived yet" : `, last success ${lastArchived}`}): backups cannot be restored to any later moment, and pg_wal grows.`,
      evidence: { source: "pg_stat_archiver", failures: archiveFailures, last_failed: lastArchiveFailure },
    };
  },
});
