import type { Callers } from "./callers.ts";
import { modelOf } from "./model.ts";
import { dearness, totalsOf } from "./objective.ts";
import { type Ask, isWide, type Planned, type Planner } from "./planner.ts";
import { selectionOf } from "./selection.ts";
import { type Limits, solve } from "./solve.ts";
import type { Trial } from "./trial.ts";

/** What is searched. */
export interface Question {
  readonly statements: readonly Planned[];
  readonly trials: readonly Trial[];
  /** Of each trial. */
  readonly bytes: ReadonlyMap<Trial, number>;
  readonly planner: Planner;
  /** Which statements call for each trial: of those the planner knows the plans with it. */
  readonly callers: Callers;
  readonly limits: Limits;
  /** A set to begin with. */
  readonly from: readonly Trial[];
  /** What plans may take, in plans of a few relations; beyond it, what was seen so far must do. */
  readonly effort: number;
  /** Of {@link solve}. */
  readonly rounds: number;
  /** Whether the answer is due: the best so far is returned. */
  isDue(): boolean;
}

export interface Found {
  /** The one that saves most first. */
  readonly chosen: readonly Trial[];
  /** What would pay too. */
  readonly overBudget: ReadonlySet<Trial>;
  readonly tooMany: ReadonlySet<Trial>;
}

interface Configuration {
  /** Those that a plan reads. */
  readonly chosen: readonly Trial[];
  readonly dearness: number;
}

/**
 * Finds the best set by the plans seen so far, asks the planner what it costs in truth, and for the plans that would tell more: until they
 * tell no more.
 */
export async function search(question: Question): Promise<Found> {
  const { planner, limits } = question;
  let best = await configurationOf(question, []);
  let start = question.from;
  for (;;) {
    const before = planner.asked;
    const solved = solve({ model: modelIn(question), limits }, { from: numbersOf(question, start), rounds: question.rounds });
    const found = await configurationOf(question, trialsOf(question, solved));
    if (found.dearness < best.dearness) best = found;
    start = best.chosen;
    await learn(question, best);
    if (planner.asked === before || question.isDue()) return foundIn(question, best);
  }
}

const isSpent = ({ planner, effort, isDue }: Question) => planner.effort >= effort || isDue();

const modelIn = ({ planner, ...question }: Question) => modelOf({ ...question, seen: planner.seen });

const numbersOf = ({ trials }: Question, chosen: readonly Trial[]) => chosen.map((trial) => trials.indexOf(trial));
const trialsOf = ({ trials }: Question, numbers: readonly number[]) => numbers.flatMap((number) => trials[number] ?? []);

async function configurationOf({ statements, planner }: Question, chosen: readonly Trial[]): Promise<Configuration> {
  const found = await planner.costs(statements.map((planned) => ({ planned, inPlace: chosen })));
  const read = new Set(found.flatMap(({ used }) => used));
  const totals = totalsOf(
    statements,
    found.map(({ cost }) => cost),
  );
  return { chosen: chosen.filter((trial) => read.has(trial)), dearness: dearness(totals, statements.length) };
}

/** Asks for plans that are next to what was seen. */
async function learn(question: Question, best: Configuration): Promise<void> {
  await ask(question, withoutOne(question));
  await ask(question, lessOne(question, best));
  await ask(question, widened(question, best));
}

/** A few at a time, as long as there is effort left. */
async function ask(question: Question, asks: readonly Ask[]): Promise<void> {
  for (let from = 0; from < asks.length && !isSpent(question); from += AT_ONCE) {
    await question.planner.costs(asks.slice(from, from + AT_ONCE));
  }
}

const AT_ONCE = 100;

/** What remains of a gain where one of the indexes is missing that a plan of many joins reads together: without it a model takes it that nothing does. Of others the plans are known. */
const withoutOne = ({ statements, planner }: Question): readonly Ask[] =>
  statements.filter(isWide).flatMap((planned) =>
    planner
      .seen(planned)
      .filter(({ used }) => used.length > 1)
      .flatMap(({ used }) => used.map((out) => ({ planned, inPlace: used.filter((trial) => trial !== out) }))),
  );

/** Each index must be worth its place. Of a statement that is asked about alone few plans are known that lack one; of others that is enough. */
const lessOne = ({ statements: [planned, ...others] }: Question, { chosen }: Configuration): readonly Ask[] =>
  planned && others.length === 0 ? chosen.map((out) => ({ planned, inPlace: chosen.filter((trial) => trial !== out) })) : [];

/** What the statements that read an index cost where a wider one stands instead that others call for. */
const widened = ({ statements, trials, planner, callers }: Question, { chosen }: Configuration): readonly Ask[] =>
  trials
    .filter((wide) => !chosen.includes(wide))
    .flatMap((wide) =>
      chosen
        .filter((narrow) => isWider(wide, narrow))
        .flatMap((narrow) => {
          const inPlace = [...chosen.filter((trial) => trial !== narrow), wide];
          const isNew = (planned: Planned) => !callers.get(wide)?.has(planned);
          const readers = statements.filter((planned) => isNew(planned) && planner.seen(planned).some(({ used }) => used.includes(narrow)));
          return readers.map((planned) => ({ planned, inPlace }));
        }),
    );

const isWider = ({ candidate: wide }: Trial, { candidate: narrow }: Trial) =>
  wide.table === narrow.table &&
  wide.method === narrow.method &&
  (wide.where === undefined || wide.where === narrow.where) &&
  narrow.keys.every(({ text, operators }, place) => text === wide.keys[place]?.text && operators === wide.keys[place]?.operators);

function foundIn(question: Question, { chosen }: Configuration): Found {
  const { trials, limits } = question;
  const model = modelIn(question);
  const selection = selectionOf(model, numbersOf(question, chosen));
  const losses = new Map(trials.map((trial, number) => [trial, selection.tried(number)]));
  const missed = trials.filter((trial) => !chosen.includes(trial) && (losses.get(trial)?.share ?? 0) >= limits.leastGain);
  const isLarge = (trial: Trial) => limits.budget !== undefined && selection.bytes + (question.bytes.get(trial) ?? 0) > limits.budget;
  return {
    chosen: chosen.toSorted((one, other) => (losses.get(one)?.gain ?? 0) - (losses.get(other)?.gain ?? 0)),
    overBudget: new Set(missed.filter(isLarge)),
    tooMany: new Set(chosen.length >= limits.mostIndexes ? missed.filter((trial) => !isLarge(trial)) : []),
  };
}
