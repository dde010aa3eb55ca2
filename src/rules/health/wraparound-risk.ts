import { nameOf, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Past the age at which autovacuum is forced to come, by as much again as a vacuum of a busy table takes: it does not keep up. */
const OVERDUE = 1.25;
/** Half of the transactions (and of the multixacts) that there are numbers for; the server stops 3 million before all of them. */
const ROOM = 2_147_483_647;
/** Share of that room, the default of `vacuum_failsafe_age` (1.6 billion). */
const FAILSAFE = 0.745;

export default healthRule({
  id: "health/wraparound-risk",
  severity: "warning",

  *check({ unfrozen }) {
    for (const { kind, schema, name, age, multixactAge, forcedAt, multixactForcedAt } of unfrozen) {
      const byMultixact = multixactAge / multixactForcedAt > age / forcedAt;
      const [oldest, forced, unit] = byMultixact ? [multixactAge, multixactForcedAt, "multixacts"] : [age, forcedAt, "transactions"];
      if (oldest < Math.min(forced * OVERDUE, ROOM * FAILSAFE)) continue;

      const what = nameOf(schema, name);
      const share = Math.floor((100 * oldest) / ROOM);
      yield {
        message: `The oldest rows of ${kind} ${what} are ${count(oldest)} ${unit} old, past the ${count(forced)} at which autovacuum is forced to freeze them (${share} % of the way to where the server takes no more writes).`,
        object: `${what}`,
        evidence: { source: kind === "table" ? "pg_class" : "pg_database", age: oldest, forced_at: forced, unit },
        ...(oldest >= ROOM * FAILSAFE && { severity: "error" as const }),
        ...(kind === "table" && { fix: sql`vacuum (freeze, verbose) ${what};` }),
      };
    }
  },
});
