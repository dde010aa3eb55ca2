import { literal, raw, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Seconds: a transaction manager commits within seconds, so this one was forgotten, or its manager is down. */
const LONG = 300;

export default healthRule({
  id: "health/prepared-xacts",
  severity: "error",

  *check({ transactions }) {
    for (const { pid, kind, age, application } of transactions) {
      if (pid !== undefined || kind !== "prepared transaction" || age === undefined || age < LONG || application === undefined) continue;
      yield {
        message: `The prepared transaction ${literal(application)} has waited ${count(age / 60)} minutes for its second half: it keeps its locks and holds back VACUUM, also across restarts.`,
        object: application,
        evidence: { source: "pg_prepared_xacts", seconds: Math.round(age) },
        fix: sql`rollback prepared ${raw(literal(application))};`,
      };
    }
  },
});
