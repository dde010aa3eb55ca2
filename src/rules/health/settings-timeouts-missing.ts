import { healthRule } from "../rule.ts";

export default healthRule({
  id: "health/settings-timeouts-missing",
  severity: "info",

  *check({ settings, timeouts }) {
    const name = "idle_in_transaction_session_timeout";
    if (settings.get(name) !== "0" || timeouts.some((timeout) => timeout.name === name && !/^0+\D*$/.test(timeout.value))) return;
    yield {
      message: `${name} is 0 for the server and no role or database has its own: a client that forgets its transaction keeps its locks until it goes away.`,
      object: name,
      evidence: { source: "pg_settings, pg_db_role_setting", value: 0 },
    };
  },
});
