import { healthRule } from "../rule.ts";

export default healthRule({
  id: "health/checksums-off",
  severity: "info",

  *check({ settings }) {
    if (settings.get("data_checksums") !== "off") return;
    yield {
      message: "Data checksums are off: a page that the disk damaged is read as if it were right, and goes into the backups.",
      object: "data_checksums",
      evidence: { source: "pg_settings", value: "off" },
    };
  },
});
