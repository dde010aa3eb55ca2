import { type Health, readHealth } from "../catalog/health.ts";
import { readOrigin } from "../catalog/origin.ts";
import { readSettings } from "../catalog/settings.ts";
import { type Finding, severities } from "../finding.ts";
import { messageOf } from "../indexes/workload.ts";
import { run } from "../rules/rule.ts";
import { tally } from "./answer.ts";
import type { Input, Output, Told } from "./check-health.ts";
import { type Check, checks, healthRulesOf, liveOnly, schemaRulesOf } from "./health-checks.ts";
import { growthSince } from "./health-growth.ts";
import { healthLimits } from "./health-limits.ts";
import { type MaturityTold, maturityVerdict, readMaturity } from "./health-maturity.ts";
import { ratesSince } from "./health-rates.ts";
import { learnRights } from "./rights.ts";
import { withWholeSchema } from "./schema.ts";
import { basisOf, serverLimits } from "./source.ts";
import { gradedByFile } from "./suppressed.ts";
import type { Context } from "./tool.ts";

/** Findings of one rule that are told: the others are of the same kind, and counted. */
const OF_ONE_RULE = 5;

export async function checkHealth({ checks: asked, since: named }: Input, context: Context): Promise<Output> {
  const file = named === undefined ? undefined : context.fileNamed(named);
  const database = context.database();
  context.progress("Reading statistics views");
  const { health, settings, name } = await database.transaction(async (connection) => {
    await learnRights(database, connection);
    const settings = await readSettings(connection);
    const { database: name } = await readOrigin(connection);
    return { settings, name, health: await readHealth(connection, settings) };
  }, context);
  const isSnapshot = database.snapshot() !== undefined;
  const all: readonly string[] = asked ?? checks;
  const chosen = checks.filter((check) => all.includes(check) && !(isSnapshot && liveOnly.has(check)));
  const [ofServer, ofSchema] = [healthRulesOf(chosen), schemaRulesOf(chosen)];
  const major = Math.floor(health.versionNumber / 10_000);
  const inSchema = await schemaFindings(ofSchema, major, context);
  const { findings: found, suppressed } = gradedByFile([...run(ofServer, health, major), ...inSchema.found], context.ruleFile());
  const findings = fewOfEach(found);
  const maturity = all.includes("maturity") ? await readMaturity(health, context) : undefined;
  const since = file === undefined ? undefined : await changesSince(file, { health, database: name, chosen }, context);
  return {
    basis: withoutGrade(basisOf(database, settings, { grade: "none", asOf: undefined })),
    examined: {
      checks: [...chosen, ...(maturity ? ["maturity"] : [])],
      rules: ofServer.length + ofSchema.length,
      skipped: isSnapshot ? checks.filter((check) => all.includes(check) && liveOnly.has(check)).map(notInSnapshot) : [],
    },
    verdict: verdictOf(found, { maturity, checks: chosen.length }),
    findings: findings.map(withNext),
    ...(suppressed && { suppressed }),
    ...since?.told,
    ...(maturity && { maturity }),
    limits: [
      ...(isSnapshot ? [] : healthLimits({ health, user: settings.user, chosen })),
      ...serverLimits(settings),
      ...inSchema.limits,
      ...(since?.limits ?? []),
      ...(findings.length < found.length ? [`${found.length - findings.length} more findings of the same rules`] : []),
    ],
    ...(found.length > 0 && { next: "find_slow_queries, for what the server spends its time on" }),
  };
}

interface Seen {
  readonly health: Health;
  readonly database: string;
  readonly chosen: readonly Check[];
}

async function changesSince(file: string, { health, database, chosen }: Seen, context: Context) {
  const { rates, limits } = await ratesSince(file, { now: health.counters, database });
  if (!chosen.includes("sequences")) return { told: { rates: [...rates] }, limits };
  const { limits: more, ...grown } = await growthOrWhyNot(file, health.asOf, context);
  return { told: { rates: [...rates], ...grown }, limits: [...limits, ...more] };
}

async function growthOrWhyNot(file: string, now: string | undefined, context: Context): ReturnType<typeof growthSince> {
  try {
    return await growthSince(file, now, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { limits: [`growth: ${messageOf(error).replace(/\.$/, "")}`] };
  }
}

const notInSnapshot = (check: Check) => `${check} (of one moment: a snapshot keeps nothing of it)`;

const withoutGrade = ({ statistics: _, ...basis }: ReturnType<typeof basisOf>): Output["basis"] => basis;

/** A table that somebody holds is no reason to tell nothing of those who wait for it. */
async function schemaFindings(rules: ReturnType<typeof schemaRulesOf>, major: number, context: Context) {
  if (rules.length === 0) return { found: [], limits: [] };
  try {
    const found = await withWholeSchema({}, context, async ({ schema }) => run(rules, schema, major));
    return { found, limits: [] };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { found: [], limits: [`rules of indexes, sequences, versions: ${messageOf(error).replace(/\.$/, "")}`] };
  }
}

function fewOfEach(findings: readonly Finding[]): readonly Finding[] {
  const told = new Map<string, number>();
  return findings.filter(({ rule }) => {
    told.set(rule, (told.get(rule) ?? 0) + 1);
    return (told.get(rule) ?? 0) <= OF_ONE_RULE;
  });
}

interface Judged {
  readonly maturity: MaturityTold | undefined;
  /** Parts that were examined beside it. */
  readonly checks: number;
}

function verdictOf(findings: readonly Finding[], { maturity, checks: examined }: Judged): string {
  const blocks = findings.some(({ severity }) => severity === severities[0]);
  const tallied = findings.length === 0 ? "nothing found" : `${blocks ? "act, " : ""}${tally(findings)}`;
  const told = [...(maturity && examined === 0 ? [] : [tallied]), ...(maturity ? [maturityVerdict(maturity)] : [])];
  return `Verdict: ${told.join("; ")}.`;
}

const byKind: readonly (readonly [RegExp, string])[] = [
  [/index$|-prefix$/, "suggest_indexes, which judges the indexes that are there"],
  [/table-bloat|dead-tuples|autovacuum-falling-behind/, "check_health with checks transactions: what keeps VACUUM from removing rows"],
  [/primary-key-int4|sequence-near-exhaustion/, "migration_checklist with the change of type"],
  [/cache-hit-rate/, "find_slow_queries with order_by io"],
];

function withNext(finding: Finding): Told {
  const [, next = `search_docs { "section": "${finding.page.replace("knowledge://", "").replace("/", "#")}" }`] =
    byKind.find(([pattern]) => pattern.test(finding.rule)) ?? [];
  return { ...finding, next };
}
