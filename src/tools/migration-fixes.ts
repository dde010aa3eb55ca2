import * as z from "zod";
import { type Finding, finding } from "../finding.ts";
import type { SchemaObject } from "../migration/catalog-state.ts";
import { placeOfFix } from "../migration/fixes/places.ts";
import { type RehearsedFixes, rehearseFixes } from "../migration/fixes/rehearsed.ts";
import { canBeReplaced, type Fix } from "../migration/fixes/replaced.ts";
import type { Surroundings } from "../migration/rehearse.ts";
import { stateOf } from "../migration/rollback.ts";
import type { Step } from "../migration/step.ts";
import { migrationRules } from "../rules/migration-rules.ts";
import { run } from "../rules/rule.ts";
import type { Session } from "../twin/twin.ts";

/** Fixes of one migration. */
const MOST = 12;

const fixRun = z
  .object({ catalog: z.enum(["same", "other", "unknown"]), differences: z.array(z.string()) })
  .describe("The script ran with the fix in it; its catalog afterwards, compared with that of the script as it is");

export const findingWithFix = finding.extend({ fix_run: fixRun.optional() });
export type FindingWithFix = z.infer<typeof findingWithFix>;

type Outcome = { readonly told: z.infer<typeof fixRun> } | { readonly refused: string } | { readonly unknown: string };

/** What is known of the fixes of a script so far. */
export interface Trial {
  readonly outcomes: Map<Finding, Outcome>;
  /** Those that are to be rehearsed together. */
  readonly left: Attempt[];
}

interface Attempt {
  readonly fixes: ReadonlyMap<Fix, Finding>;
}

/** What the script was seen to do, and what the catalog was after it. */
interface Played {
  readonly steps: readonly Step[];
  readonly after: readonly SchemaObject[];
  readonly version: number | undefined;
}

/** Fixes that stand for statements of their own and are to leave the same behind are tried together; what mends something, alone. */
export function trialOf(findings: readonly Finding[], steps: readonly Step[]): Trial {
  const together = new Map<Fix, Finding>();
  const alone: Attempt[] = [];
  for (const found of canBeReplaced(steps) ? findings : []) {
    const { rule, span, fix: sql } = found;
    const step = span && steps.find(({ statement: { start, end } }) => start <= span.start && span.start < end);
    if (!step || sql === undefined || together.size + alone.length >= MOST) continue;
    const fix: Fix = { step, span, sql, place: placeOfFix(rule) };
    const isFree = ![...together.keys()].some((other) => other.step === step && overlap(other.span, span));
    if (!fix.place.mends && !step.refused && isFree) together.set(fix, found);
    else alone.push({ fixes: new Map([[fix, found]]) });
  }
  return { outcomes: new Map(), left: [...(together.size > 0 ? [{ fixes: together }] : []), ...alone] };
}

const overlap = (one: Fix["span"], other: Fix["span"]) => !one || !other || (one.start < other.end && other.start < one.end);

interface Stage {
  /** It holds what was there before the script. */
  readonly session: Session;
  readonly known: Surroundings;
  open(): Promise<void>;
}

/** Rehearses what is left of the trial, as far as the stage stands it: whether it is as it was. */
export async function tryFixes({ left, outcomes }: Trial, played: Played, stage: Stage): Promise<boolean> {
  if (left.length === 0) return true;
  const before = await stateOf(stage.session);
  for (let attempt = left.shift(); attempt; attempt = left.shift()) {
    await stage.open();
    const ran = await rehearseFixes(stage.session, { ...played, before, fixes: [...attempt.fixes.keys()], known: stage.known });
    left.unshift(...settle(attempt, ran, played, outcomes));
    if (!ran.isClean) return false;
  }
  return true;
}

/** Writes down what is known now, and returns what is to be tried again. */
function settle({ fixes }: Attempt, ran: RehearsedFixes, { version }: Played, outcomes: Trial["outcomes"]): readonly Attempt[] {
  const put = (fix: Fix, outcome: Outcome) => {
    const found = fixes.get(fix);
    if (found) outcomes.set(found, outcome);
  };
  const all = [...fixes.keys()];
  const { refused, compared } = ran;
  if (ran.isSpoilt) for (const fix of all) put(fix, { unknown: "the script cannot be run twice in the twin" });
  if (ran.isSpoilt) return [];
  if (refused?.fix) put(refused.fix, { refused: `Postgres refuses it: ${refused.refused.message}` });
  if (refused?.fix) return among(fixes, (fix) => fix !== refused.fix);
  const isSure = !refused && (compared.other.length === 0 || all.every(({ place }) => place.mends));
  if (!isSure && all.length > 1) return [...among(fixes, (_, at) => at * 2 < all.length), ...among(fixes, (_, at) => at * 2 >= all.length)];
  for (const fix of all) {
    const rule = fixes.get(fix)?.rule ?? "";
    const own = ran.steps.filter((each) => each.fix === fix).map(({ step }) => step);
    const before = new Set(run(migrationRules, fix.step, version).flatMap((other) => (ofLoss.has(other.rule) ? [other.rule] : [])));
    const found = own.flatMap((step) => run(migrationRules, step, version));
    const wrong = found.find((other) => other.rule === rule || (isGrave(other) && !before.has(other.rule)));
    put(fix, wrong ? { refused: `it gives ${wrong.rule} itself` } : outcomeOf(fix, ran));
  }
  return [];
}

function among(fixes: Attempt["fixes"], isIn: (fix: Fix, at: number) => boolean): readonly Attempt[] {
  const some = [...fixes].filter(([fix], at) => isIn(fix, at));
  return some.length > 0 ? [{ fixes: new Map(some) }] : [];
}

function outcomeOf({ step, sql, place }: Fix, { refused, compared: { harmless, other } }: RehearsedFixes): Outcome {
  if (refused) return { refused: `Postgres refuses what comes after it: ${refused.refused.message}` };
  if (step.refused) return { told: { catalog: "unknown", differences: [] } };
  const [first] = other;
  if (first !== undefined && !place.mends) return { refused: `it ends in another catalog: ${first}` };
  const own = harmless.filter((difference) => mentions(sql, difference));
  return { told: { catalog: other.length > 0 ? "other" : "same", differences: [...other, ...own] } };
}

/** Of "index orders_a_idx instead of b". */
const mentions = (sql: string, difference: string) => sql.includes(/^\w+ (?:\S*\.)?(\S+)/.exec(difference)?.[1] ?? "");

/** What the statement loses, its rewrite loses too. */
const ofLoss = new Set(["migration/drop-table", "migration/drop-column", "migration/drop-schema"]);

/** A wait for somebody who is there now is no fault of the fix. */
const isGrave = ({ rule, severity }: Finding) => severity === "error" && rule !== "migration/lock-queue-now";

interface Told {
  readonly findings: FindingWithFix[];
  readonly limits: readonly string[];
}

/** Fixes that failed are left out of the findings, and those that were not rehearsed are told. */
export function withFixes(findings: readonly Finding[], { outcomes }: Trial): Told {
  const limits: string[] = [];
  const unknown = new Map<string, number[]>();
  const told = findings.map((found): FindingWithFix => {
    if (found.fix === undefined) return found;
    const { rule, span } = found;
    const outcome = outcomes.get(found) ?? { unknown: `at most ${MOST} are, in a few twins` };
    if ("told" in outcome) return { ...found, fix_run: outcome.told };
    if ("unknown" in outcome) {
      unknown.set(outcome.unknown, [...(unknown.get(outcome.unknown) ?? []), span?.line ?? 1]);
      return found;
    }
    const { fix: _fix, undo: _undo, ...rest } = found;
    limits.push(`a rewrite of line ${span?.line ?? 1} for ${rule} is left out, because it was rehearsed and ${outcome.refused}`);
    return rest;
  });
  for (const [why, lines] of unknown)
    limits.push(`rewrites of ${lines.length > 1 ? "lines" : "line"} ${lines.join(", ")} were not rehearsed: ${why}`);
  return { findings: told, limits };
}

const ends = { same: "ends in the same catalog", other: "ends in another catalog", unknown: "Postgres takes it" };

/** What is said under a fix that was rehearsed. */
export function fixLines({ fix_run }: Pick<FindingWithFix, "fix_run">): readonly string[] {
  if (!fix_run) return [];
  const { catalog, differences } = fix_run;
  return [`rehearsed: ${[ends[catalog], ...differences].join("; ")}`];
}
