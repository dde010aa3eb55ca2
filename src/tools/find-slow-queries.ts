import * as z from "zod";
import { loadGrammar } from "../sql/grammar.ts";
import { orderNames } from "../workload/orders.ts";
import { basis, count, join, limits, renderLimits, renderSource } from "./answer.ts";
import { findSlow } from "./slow-answer.ts";
import { slowQuery } from "./slow-figures.ts";
import { planOf } from "./slow-plans.ts";
import { suspect } from "./slow-suspects.ts";
import { renderPlans, renderQueries, renderSuspects } from "./slow-text.ts";
import { tool } from "./tool.ts";

const input = z.strictObject({
  order_by: z.enum(orderNames).default("total_time"),
  since: z.string().optional().describe("A snapshot file of this database: what changed since it"),
  limit: z.int().min(1).max(50).default(10),
  response_format: z.enum(["concise", "detailed"]).default("concise"),
});
export type Input = z.infer<typeof input>;

const output = z.object({
  basis,
  examined: z.object({
    statements: z.int(),
    shown: z.int(),
    calls: z.number(),
    time_ms: z.number(),
    since: z.string().optional(),
    until: z.string(),
    days: z.number().optional(),
    skipped: z.array(z.string()).describe("What was not looked at, and why"),
  }),
  verdict: z.string(),
  queries: z.array(slowQuery),
  n_plus_one: z.array(suspect),
  plans: z.array(planOf).optional(),
  limits,
  next: z.string().optional(),
});
export type Output = z.infer<typeof output>;

export default tool({
  name: "find_slow_queries",
  title: "Find slow queries",
  description:
    "Lists the statements that cost a database most, from pg_stat_statements, N+1 suspects, and what got slower since a snapshot. Call it when nobody knows which query is slow.",
  input,
  output,

  async run(asked, context) {
    await loadGrammar();
    return findSlow(asked, context);
  },

  render({ basis, examined, verdict, queries, n_plus_one, plans = [], limits, next }, { response_format, order_by }) {
    return join(
      [
        [`${renderSource(basis)}. Only statistics and the catalog were read.`, renderExamined(examined)].join("\n"),
        verdict,
        queries.length === 0 ? "" : `By ${order_by}:\n${renderQueries(queries, response_format)}`,
        renderSuspects(n_plus_one, response_format),
        renderPlans(plans),
        renderLimits(limits),
        next === undefined ? "" : `Next: ${next}`,
      ],
      response_format,
    );
  },
});

function renderExamined({ statements, calls, time_ms, since, until, days, skipped }: Output["examined"]): string {
  const time = `${(time_ms / 1_000).toLocaleString("en-US", { maximumFractionDigits: 1 })} s`;
  const from =
    since === undefined ? ` until ${until}` : ` from ${since} to ${until}${days === undefined ? "" : ` (${count(days, "day")})`}`;
  const counted = `Examined: ${count(statements, "statement")}, ${calls.toLocaleString("en-US")} calls, ${time},${from}.`;
  return `${counted}${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;
}
