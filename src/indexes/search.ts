import type { Planned, Planner } from "./planner.ts";
import type { Trial } from "./trial.ts";

export interface Limits {
  /** Bytes; undefined: as much as pays. */
  readonly budget: number | undefined;
  readonly mostIndexes: number;
}

/** What a candidate was passed over for; `by` is the chosen index that does its work. */
export type Reason =
  | { readonly kind: "not used" | "small gain" | "over budget" | "too many" }
  | { readonly kind: "served"; readonly by: Trial };

export interface Found {
  /** The one that saves most first. */
  readonly chosen: readonly Trial[];
  readonly refused: readonly { readonly trial: Trial; readonly reason: Reason }[];
}

/** Of the cost of the statement that an index helps most: less is within what estimates are off by. */
const LEAST_GAIN = 0.05;
/** Before the least useful are taken away again: the best few are not always those that pay most per byte. */
const spare = (mostIndexes: number) => 2 * mostIndexes + 5;

interface Gain {
  /** Planner cost saved over all statements, by their weights. */
  readonly saved: number;
  /** Share of the cost of the statement that gains most. */
  readonly best: number;
  readonly used: boolean;
}

/** Takes what saves most per byte, beside what was taken before, until nothing pays; then takes away what later ones made useless. */
export async function search(planned: readonly Planned[], trials: readonly Trial[], planner: Planner, limits: Limits): Promise<Found> {
  const reasons = new Map<Trial, Reason>();
  const gainOf = (trial: Trial, beside: readonly Trial[]) => gain(planned, planner, trial, beside);

  const pool: Rated[] = [];
  for (const trial of trials) {
    const alone = await gainOf(trial, []);
    if (!alone.used) reasons.set(trial, { kind: "not used" });
    else if (!pays(alone)) reasons.set(trial, { kind: "small gain" });
    else pool.push({ trial, score: alone.saved / trial.bytes });
  }
  const single = await take(pool, gainOf, limits, reasons);
  const taken = await takeTogether({ planned, trials, planner, limits }, single);
  const kept = await withoutUseless(taken, gainOf, limits, reasons);
  const chosen = new Set(kept);
  return {
    chosen: kept,
    refused: trials.flatMap((trial) => (chosen.has(trial) ? [] : [{ trial, reason: reasonOf(trial, kept, reasons) }])),
  };
}

type GainOf = (trial: Trial, beside: readonly Trial[]) => Promise<Gain>;

interface Rated {
  readonly trial: Trial;
  /** Cost saved for each byte when it was last asked; what is taken later rarely makes it more. */
  readonly score: number;
}

const pays = ({ saved, best }: Gain) => saved > 0 && best >= LEAST_GAIN;

/** The best of the last round is asked again, and taken if it is still the best. */
async function take(pool: readonly Rated[], gainOf: GainOf, limits: Limits, reasons: Map<Trial, Reason>): Promise<readonly Trial[]> {
  const taken: Trial[] = [];
  let left = [...pool].sort(byScore);
  for (let [top, ...rest] = left; top && taken.length < spare(limits.mostIndexes); [top, ...rest] = left) {
    const { trial } = top;
    const beside = await gainOf(trial, taken);
    const score = beside.saved / trial.bytes;
    left = rest;
    if (!pays(beside)) continue;
    if (limits.budget !== undefined && trial.bytes + bytesOf(taken) > limits.budget) reasons.set(trial, { kind: "over budget" });
    else if (score >= (rest[0]?.score ?? 0)) taken.push(trial);
    else left = [...rest, { trial, score }].sort(byScore);
  }
  for (const { trial } of left) reasons.set(trial, { kind: "too many" });
  return taken;
}

interface Searched {
  readonly planned: readonly Planned[];
  readonly trials: readonly Trial[];
  readonly planner: Planner;
  readonly limits: Limits;
}

/** Indexes that gain only with each other, as one for each side of an OR or of a merge join: those that a plan reads when it may choose among all. */
async function takeTogether({ planned, trials, planner, limits }: Searched, single: readonly Trial[]): Promise<readonly Trial[]> {
  let taken = single;
  for (const statement of planned) {
    const now = await planner.cost(statement, taken);
    const { used } = await planner.cost(statement, [...new Set([...taken, ...trials])]);
    const added = used.filter((trial) => !taken.includes(trial));
    const fits = limits.budget === undefined || bytesOf(taken) + bytesOf(added) <= limits.budget;
    if (added.length < 2 || !fits) continue;
    const { cost } = await planner.cost(statement, [...taken, ...added]);
    if (cost <= now.cost * (1 - LEAST_GAIN)) taken = [...taken, ...added];
  }
  return taken;
}

const byScore = (one: Rated, other: Rated) => other.score - one.score;

const bytesOf = (trials: readonly Trial[]) => trials.reduce((sum, { bytes }) => sum + bytes, 0);

async function withoutUseless(taken: readonly Trial[], gainOf: GainOf, { mostIndexes }: Limits, reasons: Map<Trial, Reason>) {
  let kept = taken;
  for (;;) {
    const rated = [];
    for (const trial of kept) {
      const beside = kept.filter((other) => other !== trial);
      rated.push({ trial, ...(await gainOf(trial, beside)) });
    }
    rated.sort((one, other) => other.saved - one.saved);
    const useless = rated.findLast((each) => !pays(each));
    const last = useless ?? (rated.length > mostIndexes ? rated.at(-1) : undefined);
    if (!last) return rated.map(({ trial }) => trial);
    if (!useless) reasons.set(last.trial, { kind: "too many" });
    kept = kept.filter((trial) => trial !== last.trial);
  }
}

/** What gains alone and nothing beside the chosen ones has its work done by one of them. */
function reasonOf(trial: Trial, chosen: readonly Trial[], reasons: ReadonlyMap<Trial, Reason>): Reason {
  const told = reasons.get(trial);
  if (told) return told;
  const [first] = trial.candidate.keys;
  const near = chosen.filter(({ candidate }) => candidate.table === trial.candidate.table);
  const by = near.find(({ candidate }) => candidate.keys[0]?.column === first?.column) ?? near[0] ?? chosen[0];
  return by ? { kind: "served", by } : { kind: "small gain" };
}

async function gain(planned: readonly Planned[], planner: Planner, trial: Trial, beside: readonly Trial[]): Promise<Gain> {
  let saved = 0;
  let best = 0;
  let used = false;
  for (const statement of planned) {
    const before = await planner.cost(statement, beside);
    const after = await planner.cost(statement, [...beside, trial]);
    saved += statement.weight * (before.cost - after.cost);
    if (before.cost > 0) best = Math.max(best, 1 - after.cost / before.cost);
    used ||= after.used.includes(trial);
  }
  return { saved, best, used };
}
