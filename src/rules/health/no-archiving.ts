import { healthRule } from "../rule.ts";

export default healthRule({
  id: "health/no-archiving",
  severity: "info",

  *check({ settings, followers, replica }) {
    // A provider archives by means of its own; a reader of the log may be an archiver too.
    if (settings.get("archive_mode") !== "off" || settings.has("platform") || replica) return;
    if (followers.some(({ active }) => active)) return;
    yield {
      message:
        "archive_mode is off and nothing follows the log: as far as can be seen from here, a restore goes back to the last full backup, not to the moment before the accident.",
      object: "archive_mode",
      evidence: { source: "pg_settings", value: "off" },
    };
  },
});
