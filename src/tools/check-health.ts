import * as z from "zod";
import { finding } from "../finding.ts";
import { loadGrammar } from "../sql/grammar.ts";
import { basis, count, join, limits, renderFindings, renderLimits } from "./answer.ts";
import { checkHealth } from "./health-answer.ts";
import { askable } from "./health-checks.ts";
import { growth, renderGrowth } from "./health-growth.ts";
import { maturity, renderMaturity } from "./health-maturity.ts";
import { renderTurnedOff, turnedOff } from "./suppressed.ts";
import { tool } from "./tool.ts";

const input = z.strictObject({
  checks: z.array(z.enum(askable)).optional(),
  since: z.string().optional().describe("A snapshot file: rates per day since it"),
  response_format: z.enum(["concise", "detailed"]).default("concise"),
});
export type Input = z.infer<typeof input>;

const told = finding.extend({ next: z.string().optional() });
export type Told = z.infer<typeof told>;

const rate = z.object({ counter: z.string(), per_day: z.number(), source: z.string() });
export type Rate = z.infer<typeof rate>;

const output = z.object({
  basis: basis.omit({ statistics: true }),
  examined: z.object({
    checks: z.array(z.string()),
    rules: z.int(),
    skipped: z.array(z.string()).describe("What was not looked at, and why"),
  }),
  verdict: z.string(),
  findings: z.array(told),
  suppressed: turnedOff.optional().describe("By backend-db-mcp.json"),
  rates: z.array(rate).optional(),
  growth: growth.optional(),
  maturity: maturity.optional(),
  limits,
  next: z.string().optional(),
});
export type Output = z.infer<typeof output>;

export default tool({
  name: "check_health",
  title: "Check a server's health",
  description:
    "Finds what threatens a running Postgres: vacuum, bloat, locks, connections, replication, backups. Call it when a server misbehaves, or each month.",
  input,
  output,

  async run(asked, context) {
    await loadGrammar();
    return checkHealth(asked, context);
  },

  render({ basis, examined, verdict, findings, suppressed, rates = [], growth, maturity, limits, next }, { response_format }) {
    return join(
      [
        [renderSource(basis), renderExamined(examined)].join("\n"),
        verdict,
        renderFindings(findings, response_format, ({ next }) => (next === undefined ? [] : [`next: ${next}`])),
        suppressed === undefined ? "" : renderTurnedOff(suppressed),
        maturity === undefined ? "" : renderMaturity(maturity, response_format),
        rates.length === 0 ? "" : ["Per day:", ...rates.map(renderRate)].join("\n"),
        growth === undefined ? "" : renderGrowth(growth),
        renderLimits(limits),
        next === undefined ? "" : `Next: ${next}`,
      ],
      response_format,
    );
  },
});

function renderSource({ source, database, server_version, replica, as_of }: Output["basis"]): string {
  const where = source === "snapshot" ? `from a snapshot of ${as_of?.slice(0, 10)}` : "live";
  const of = [database, `PostgreSQL ${server_version}`, replica && "a read replica", where].filter(Boolean).join(", ");
  return `Basis: ${of}. Only the catalog and statistics views were read.`;
}

const renderExamined = ({ checks, rules, skipped }: Output["examined"]) =>
  `Examined: ${checks.join(", ")}; ${count(rules, "rule")}.${skipped.length > 0 ? ` Skipped: ${skipped.join("; ")}.` : ""}`;

const renderRate = ({ counter, per_day, source }: Rate) => `- ${counter}: ${per_day.toLocaleString("en-US")} (${source})`;
