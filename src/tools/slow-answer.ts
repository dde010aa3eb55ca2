import type { Finding } from "../finding.ts";
import { messageOf } from "../indexes/workload.ts";
import { queryUsageRules } from "../rules/query-usage-rules.ts";
import { run } from "../rules/rule.ts";
import { type Counted, type CountedWorkload, readCounted } from "../workload/counted.ts";
import type { Difference } from "../workload/difference.ts";
import { suspectsIn } from "../workload/n-plus-one.ts";
import { count, tally } from "./answer.ts";
import type { Input, Output } from "./find-slow-queries.ts";
import { type Known, readKnown } from "./schema.ts";
import { asSlowQuery, cutText } from "./slow-figures.ts";
import { type PlanTold, plansThenAndNow } from "./slow-plans.ts";
import { readSince, type Since } from "./slow-since.ts";
import { toldOf } from "./slow-suspects.ts";
import { countLimits, readCounts, type ServerCounts } from "./slow-workload.ts";
import type { Context } from "./tool.ts";
import { type Choose, namedBy, together } from "./wanted.ts";

/** A statement in its place, by all that was counted or by what was counted since a snapshot. */
interface Placed {
  readonly counted: Counted;
  readonly difference: Difference | undefined;
}

interface Found {
  readonly counts: ServerCounts;
  readonly whole: CountedWorkload;
  readonly since: Since | undefined;
  readonly placed: readonly Placed[];
  /** Milliseconds of all statements. */
  readonly time: number;
  readonly calls: number;
}

const NEXT =
  'analyze_query with the sql of one (whole with response_format detailed); suggest_indexes { "workload": true } for all together';

/** Of those that changed, the ones that are planned twice: each takes some plans in a twin. */
const PLANNED = 5;

export async function findSlow(asked: Input, context: Context): Promise<Output> {
  const found = await readFound(asked, context);
  const { placed, since, counts } = found;
  const changed = placed.filter(isChanged).toSorted(byGap).slice(0, PLANNED);
  const shown = placed.filter((each, place) => place < asked.limit || changed.includes(each));
  const statements = placed.map(({ counted }) => counted);
  const known = await readKnown(namedIn(suspectable(statements)), context);
  const suspects = suspectsIn(statements, known.find).map(toldOf);
  const { plans, limits: unplanned } = await plannedTwice(
    since,
    changed.map(({ counted }) => counted),
    context,
  );
  const findings = new Map(placed.map((each) => [each.counted, findingsOf(each, found)]));
  const isSuspect = new Set(suspects.map(({ statement }) => statement));
  const untold = placed.filter((each) => !shown.includes(each)).flatMap(({ counted }) => findings.get(counted) ?? []).length;
  return {
    basis: known.basis,
    examined: examinedIn(found, shown.length),
    verdict: verdictOf(found, {
      shown,
      findings: [...findings.values()].flat(),
      suspects: suspects.filter(({ list }) => list !== undefined).length,
      plans,
    }),
    queries: shown.map(({ counted, difference }) => {
      const { number, text } = counted;
      const isCut = cutText(text, asked.response_format) !== text;
      const next = isSuspect.has(number)
        ? 'search_docs { "section": "rules-query#n-plus-one" }'
        : isCut
          ? "this sql is cut: response_format detailed shows more of it"
          : "analyze_query with this sql";
      return asSlowQuery(
        { counted, difference, time: found.time, findings: findings.get(counted) ?? [], ...timed(counts), next },
        asked.response_format,
      );
    }),
    n_plus_one: suspects.slice(0, asked.limit),
    ...(plans.length > 0 && { plans: [...plans] }),
    limits: [
      ...countLimits(counts),
      ...(since?.limits ?? []),
      ...versionLimits(known),
      ...unplanned,
      ...(untold > 0 ? [`${count(untold, "finding")} on statements beyond limit`] : []),
    ],
    ...(placed.length > 0 && { next: NEXT }),
  };
}

async function readFound({ order_by, since: named }: Input, context: Context): Promise<Found> {
  const file = named === undefined ? undefined : context.fileNamed(named);
  const counts = await readCounts(context);
  const whole = await readCounted(counts.workload.statements, order_by);
  if (file === undefined) {
    const placed = whole.statements.map((counted) => ({ counted, difference: undefined }));
    return { counts, whole, since: undefined, placed, time: whole.all.time, calls: whole.all.calls };
  }
  context.progress("Reading the snapshot");
  const since = await readSince({ file, now: whole.statements, counts, order: order_by });
  const placed = since.differences.map((difference, place) => ({
    counted: { ...difference.statement, ...difference.figures, number: place + 1 },
    difference,
  }));
  const sumOf = (part: "totalTime" | "calls") => placed.reduce((sum, { counted }) => sum + counted[part], 0);
  return { counts, whole, since, placed, time: sumOf("totalTime"), calls: sumOf("calls") };
}

const isChanged = ({ difference }: Placed) => difference?.kind === "slower" || difference?.kind === "faster";

/** Slower ones first, by what the difference comes to in all calls. */
const byGap = (one: Placed, other: Placed) => gapOf(other) - gapOf(one);
const gapOf = ({ counted, difference }: Placed) => (counted.meanTime - (difference?.before?.meanTime ?? 0)) * counted.calls;

/** Which could be N+1, or the list before it: only their tables are read. */
const MOST = 100;

function suspectable(statements: readonly Counted[]): readonly Counted[] {
  const selects = statements.filter(({ statement, topLevel }) => topLevel && statement.kind === "SelectStmt");
  const first = (by: (counted: Counted) => number) => selects.toSorted((one, other) => by(other) - by(one)).slice(0, MOST);
  return [...new Set([...first(({ calls }) => calls), ...first(({ rows }) => rows)])];
}

/** A statement whose tables are gone is no suspect. */
const namedIn =
  (statements: readonly Counted[]): Choose =>
  (directory) =>
    together(
      statements.flatMap(({ statement }) => {
        try {
          return [namedBy([statement])(directory)];
        } catch (error) {
          messageOf(error);
          return [];
        }
      }),
    );

function timed({ place, workload }: ServerCounts) {
  const settings = place?.settings;
  return {
    timesReads: settings ? settings.track_io_timing === "on" : workload.statements.some(({ readTime }) => readTime > 0),
    timesPlans: settings?.["pg_stat_statements.track_planning"] === "on",
  };
}

function findingsOf({ counted, difference }: Placed, { counts, time }: Found): readonly Finding[] {
  const from = difference ? difference.period.from : (counted.statsSince ?? counts.workload.since);
  const used = {
    counted,
    share: counted.totalTime / Math.max(time, Number.MIN_VALUE),
    seconds: from === undefined ? undefined : (Date.parse(counts.now) - Date.parse(from)) / 1_000,
    knowsSlowest: difference?.before === undefined || difference.anew,
    timesReads: timed(counts).timesReads,
  };
  return run(queryUsageRules, used, Math.floor(counts.versionNumber / 10_000));
}

const DAY = 86_400_000;
/** Of less, the two times say more. */
const LEAST_DAYS = 0.1;

function examinedIn({ counts, whole, since, placed, time, calls }: Found, shown: number): Output["examined"] {
  const from = since ? since.snapshot.takenAt : counts.workload.since;
  const days = from === undefined ? undefined : (Date.parse(counts.now) - Date.parse(from)) / DAY;
  return {
    statements: placed.length,
    shown,
    calls,
    time_ms: Math.round(time),
    ...(from !== undefined && { since: from }),
    until: counts.now,
    ...(days !== undefined && days >= LEAST_DAYS && { days: Math.round(days * 10) / 10 }),
    skipped: [
      ...(whole.utility > 0 ? [`${count(whole.utility, "utility statement")}`] : []),
      ...(whole.unreadable > 0 ? [`${whole.unreadable} whose text is no whole statement`] : []),
      ...(whole.left > 0 ? [`${whole.left} that come first in no order`] : []),
    ],
  };
}

interface Judged {
  readonly shown: readonly Placed[];
  readonly findings: readonly Finding[];
  /** With a list whose rows they are sent for. */
  readonly suspects: number;
  readonly plans: readonly PlanTold[];
}

function verdictOf({ placed, since, time }: Found, { shown, findings, suspects, plans }: Judged): string {
  if (placed.length === 0) return `Verdict: nothing of yours was called${since ? " since the snapshot" : " since the counters began"}.`;
  const told = [
    ...(since ? [changesOf(placed)] : []),
    shareOf(shown, placed.length, time),
    ...(findings.length > 0 ? [tally(findings)] : []),
    ...(suspects > 0 ? [count(suspects, "N+1 suspect")] : []),
    ...(plans.length > 0 ? [flipsOf(plans)] : []),
  ];
  return `Verdict: ${told.join("; ")}.`;
}

function shareOf(shown: readonly Placed[], all: number, time: number): string {
  const share = Math.round((100 * shown.reduce((sum, { counted }) => sum + counted.totalTime, 0)) / Math.max(time, Number.MIN_VALUE));
  const takes = shown.length === 1 ? "takes" : "take";
  return shown.length === all
    ? `${count(all, "statement")}, all of them here`
    : `${shown.length} of ${count(all, "statement")} ${takes} ${share} % of the time`;
}

function flipsOf(plans: Judged["plans"]): string {
  const flipped = plans.filter(({ verdict }) => verdict === "flipped").length;
  return `${flipped} of ${plans.length} planned as before and as now ${flipped === 1 ? "has" : "have"} another plan`;
}

function changesOf(placed: readonly Placed[]): string {
  const kinds = ["slower", "faster", "new", "as before"] as const;
  const numbers = kinds.map((kind) => ({ kind, number: placed.filter(({ difference }) => difference?.kind === kind).length }));
  return numbers.flatMap(({ kind, number }) => (number > 0 ? [`${number} ${kind}`] : [])).join(", ");
}

const versionLimits = ({ basis: { replica } }: Known): readonly string[] =>
  replica ? ["what the primary was sent: a replica counts its own statements"] : [];

/** What was counted is told also where the twin cannot plan. */
async function plannedTwice(
  since: Since | undefined,
  statements: readonly Counted[],
  context: Context,
): Promise<{ readonly plans: readonly PlanTold[]; readonly limits: readonly string[] }> {
  if (!since || statements.length === 0) return { plans: [], limits: [] };
  try {
    return { plans: await plansThenAndNow({ snapshot: since.snapshot, statements }, context), limits: planLimits(since) };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { plans: [], limits: [`why they changed: ${messageOf(error).replace(/\.$/, "")}`] };
  }
}

const planLimits = ({ snapshot }: Since): readonly string[] => [
  "plans for particular values: both are made for any ($1), by the planner of 18",
  ...(snapshot.holds.includes("values")
    ? []
    : ["common values and ranges in the two plans: the snapshot was written without them (--with-values)"]),
];
