import type { Step } from "../../migration/step.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** Tables whose lock is in the WAL, as nobody may read them on a standby either while it is held. */
const lockedOnStandbys = ({ effects = [] }: Step): readonly Name[] =>
  effects.flatMap(({ lock, table, relation }) => (lock === "ACCESS EXCLUSIVE" && table?.persistence === "permanent" ? [relation] : []));

export default migrationRule({
  id: "migration/standby-conflict",
  severity: "info",

  *check(step) {
    const standbys = (step.found?.standbys ?? []).filter(({ connected }) => connected);
    if (step.refused || standbys.length === 0) return;
    const before = new Set(step.before.flatMap(lockedOnStandbys).map(String));
    const [table] = lockedOnStandbys(step).filter((name) => !before.has(name.toString()));
    if (!table) return;

    const names = standbys.map(({ name = "one whose name this role may not see" }) => name).join(", ");
    yield {
      message: `A query that reads ${table} on a standby (${names}) when this lock arrives there holds up the replay of everything until max_standby_streaming_delay, and is then cancelled; later ones wait until this transaction has ended.`,
      span: placeOf(step),
      object: table.toString(),
      severity: step.work ? "warning" : "info",
      evidence: { standbys: standbys.length },
    };
  },
});
