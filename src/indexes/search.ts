import {
  byLoss,
  bytesOf,
  type Configuration,
  configurationOf,
  costsWith,
  isSpent,
  type Loss,
  placesOf,
  type Question,
  type Searched,
} from "./configuration.ts";
import { added, byScore, fill, hopedGain, type Move, movesOf } from "./moves.ts";
import type { Trial } from "./trial.ts";

export interface Found {
  /** The one that saves most first. */
  readonly chosen: readonly Trial[];
  readonly overBudget: ReadonlySet<Trial>;
  readonly tooMany: ReadonlySet<Trial>;
}

/**
 * Takes what saves most for each byte, beside what was taken before, until nothing pays or fits; takes away what later ones made
 * useless; then gives up each in turn for what its bytes would buy instead, and takes in each of the others for what must make room.
 */
export async function search(question: Question): Promise<Found> {
  const { limits, hopes, trials } = question;
  const searched = { ...question, places: new Map(trials.map((trial) => [trial, placesOf(hopes, [trial])])) };
  const moves = movesOf(searched);
  const costs = hopes.map(({ statement }) => statement.plan.root.totalCost);
  const overBudget = new Set<Trial>();
  let best = await exchange(searched, await begin(searched, configurationOf(searched, [], costs), { moves, overBudget }), moves);
  // Without a budget, room is a matter of how many.
  const tooMany = new Set(limits.budget === undefined ? overBudget : []);
  while (best.chosen.length > limits.mostIndexes) {
    const [least] = await byLoss(searched, best);
    if (!least) break;
    tooMany.add(least.trial);
    best = least.without;
  }
  if (tooMany.size > 0) best = await prune(searched, best);
  const ordered = (await byLoss(searched, best)).map(({ trial }) => trial).reverse();
  return { chosen: ordered, overBudget: limits.budget === undefined ? new Set() : overBudget, tooMany };
}

/** Where a byte counts in full, small indexes go first, and may leave no room for the large one that all need. */
const exponents = [1, 0.5, 0.2];

interface Beginning {
  readonly moves: readonly Move[];
  readonly overBudget: Set<Trial>;
}

async function begin(searched: Searched, start: Configuration, { moves, overBudget }: Beginning): Promise<Configuration> {
  let best = start;
  for (const exponent of searched.limits.budget === undefined ? [1] : exponents) {
    const filled = await prune(searched, await fill(searched, start, { moves, overBudget, exponent }));
    if (filled.dearness < best.dearness) best = filled;
  }
  return best;
}

/** Takes away what is missed by no statement. */
async function prune(searched: Searched, from: Configuration): Promise<Configuration> {
  let current = from;
  for (;;) {
    const useless = (await byLoss(searched, current)).find(({ isMissed, loss }) => !isMissed || loss <= 0);
    if (!useless) return current;
    current = useless.without;
  }
}

/** Of the dearness of a workload: a change that brings less is not worth its plans. */
const LEAST_CHANGE = 0.001;

const isBetter = (one: Configuration, other: Configuration) => one.dearness < other.dearness - LEAST_CHANGE;

/** What is left of it without what no statement misses, where that is still better: a round that only comes back to where it began would never end. */
async function better(searched: Searched, current: Configuration, found: Configuration): Promise<Configuration | undefined> {
  if (!isBetter(found, current)) return undefined;
  const pruned = await prune(searched, found);
  return isBetter(pruned, current) ? pruned : undefined;
}

async function exchange(searched: Searched, from: Configuration, moves: readonly Move[]): Promise<Configuration> {
  let current = from;
  while (!isSpent(searched)) {
    const next = (await givingUp(searched, current, moves)) ?? (await takingIn(searched, current, moves));
    if (!next) return current;
    current = next;
  }
  return current;
}

async function givingUp(searched: Searched, current: Configuration, moves: readonly Move[]): Promise<Configuration | undefined> {
  for (const { trial, without } of await byLoss(searched, current)) {
    if (isSpent(searched)) return undefined;
    const others = moves.filter((move) => !move.trials.includes(trial));
    const instead = await better(searched, current, await fill(searched, without, { moves: others }));
    if (instead) return instead;
  }
  return undefined;
}

/** Without a budget nothing has to make room, and all that pays was taken. */
async function takingIn(searched: Searched, current: Configuration, moves: readonly Move[]): Promise<Configuration | undefined> {
  if (searched.limits.budget === undefined) return undefined;
  const losses = await byLoss(searched, current);
  const trades = moves.flatMap((move) => tradesFor(searched, current, { move, losses })).sort(byScore);
  for (const { move, kept, score } of trades) {
    if (score <= 0 || isSpent(searched)) return undefined;
    const given = current.chosen.filter((trial) => !kept.includes(trial));
    const places = [...new Set([...move.places, ...given.flatMap((trial) => searched.places.get(trial) ?? [])])];
    const next = await costsWith(searched, current, [...kept, ...added(move, current)], places);
    const instead = await better(searched, current, await fill(searched, next, { moves }));
    if (instead) return instead;
  }
  return undefined;
}

interface Trade {
  readonly move: Move;
  readonly kept: readonly Trial[];
  readonly score: number;
}

/**
 * What may have to go for a move: what is missed least for its bytes, what is missed least at all, or the one that is missed least of those
 * that are large enough. And what may be saved by each, at most.
 */
function tradesFor(
  searched: Searched,
  current: Configuration,
  { move, losses }: { readonly move: Move; readonly losses: readonly Loss[] },
): readonly Trade[] {
  const { budget = 0 } = searched.limits;
  const more = bytesOf(searched, added(move, current));
  if (more === 0 || more > budget) return [];
  const over = bytesOf(searched, current.chosen) + more - budget;
  const enough = losses.filter(({ trial }) => bytesOf(searched, [trial]) >= over);
  const orders = [losses.toSorted((one, other) => forBytes(searched, one) - forBytes(searched, other)), losses, enough];
  return orders.flatMap((order) => {
    let room = -over;
    const gone: Loss[] = [];
    for (const loss of order) {
      if (room >= 0) break;
      gone.push(loss);
      room += bytesOf(searched, [loss.trial]);
    }
    if (room < 0) return [];
    const kept = current.chosen.filter((trial) => gone.every((loss) => loss.trial !== trial));
    return [{ move, kept, score: hopedGain(searched, current, move, kept) - gone.reduce((sum, { loss }) => sum + loss, 0) }];
  });
}

const forBytes = (searched: Searched, { trial, loss }: Loss) => loss / Math.max(1, bytesOf(searched, [trial]));
