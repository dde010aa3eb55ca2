import { type Duration, durationInWords, noTime, ratesInWords } from "./duration.ts";
import { rowsChanged } from "./rows-changed.ts";
import { type Effect, lockModes, type Step } from "./step.ts";

/** How long a table is kept from others by statements that move rows. */
interface Kept {
  /** Numbers of those statements. */
  readonly statements: readonly number[];
  /** Undefined where nobody knows how long one of them takes. */
  readonly seconds: Duration | undefined;
}

type Action = "reads" | "writes";

/** Of a table that was there before the script. */
type Downtime = { readonly table: string } & { readonly [What in Action]: Kept | undefined };

/**
 * A lock is held from the statement that takes it until its transaction ends, whatever runs meanwhile
 * (https://www.postgresql.org/docs/current/explicit-locking.html). Not counted: the wait for a lock, and the moment that a change
 * of the catalog alone takes.
 */
function downtimeOf(steps: readonly Step[]): readonly Downtime[] {
  const found = new Map<string, { reads: Kept | undefined; writes: Kept | undefined }>();
  let held = new Map<string, ReadonlySet<Action>>();
  for (const step of steps) {
    if (step.before.length === 0) held = new Map();
    for (const effect of step.effects ?? []) hold(held, effect, step);
    if (!step.work) continue;
    const { seconds } = step.work;
    for (const [table, actions] of held) {
      const known = found.get(table) ?? { reads: undefined, writes: undefined };
      for (const action of actions) known[action] = longer(known[action], step.number, seconds);
      found.set(table, known);
    }
  }
  return Array.from(found, ([table, kept]) => ({ table, ...kept }));
}

const bySharing = lockModes.indexOf("SHARE");

/** What others cannot do to a table while somebody holds this (https://www.postgresql.org/docs/current/explicit-locking.html#TABLE-LOCK-COMPATIBILITY). */
function keptBy({ lock }: Effect): readonly Action[] {
  if (lock === undefined || lockModes.indexOf(lock) < bySharing) return [];
  return lock === "ACCESS EXCLUSIVE" ? ["reads", "writes"] : ["writes"];
}

/** Who changes every row holds every row. */
function hold(held: Map<string, ReadonlySet<Action>>, effect: Effect, { statement, effects = [] }: Step): void {
  const { table, relation } = effect;
  if (!table) return;
  const isHeldByRows = rowsChanged(statement, effects)?.table === table;
  const actions = isHeldByRows ? (["writes"] as const) : keptBy(effect);
  if (actions.length > 0) held.set(relation.toString(), new Set([...(held.get(relation.toString()) ?? []), ...actions]));
}

const longer = (kept: Kept | undefined, statement: number, more: Duration | undefined): Kept => ({
  statements: [...(kept?.statements ?? []), statement],
  seconds: together(kept ? kept.seconds : noTime, more),
});

const together = (one: Duration | undefined, other: Duration | undefined): Duration | undefined =>
  one && other && { from: one.from + other.from, to: one.to + other.to };

/** Tables that are told one by one. */
const MOST_TOLD = 3;

interface Told {
  readonly done: true | "unknown";
  readonly evidence: string;
}

/** For the checklist: how long, of which table, and by which statements. The longest first, and before them what nobody knows. */
export function downtimeInWords(steps: readonly Step[]): Told {
  const found = downtimeOf(steps).toSorted((a, b) => longest(b) - longest(a));
  const moves = steps.filter((step) => step.work);
  if (moves.length === 0) return { done: true, evidence: "no statement scans, rewrites or builds anything of a table that was there" };
  if (found.length === 0) {
    const which = numbered(moves.map(({ number }) => number));
    return { done: true, evidence: `no table is closed while rows are read or written (${which})` };
  }
  const told = found.slice(0, MOST_TOLD).map(inWords);
  const more = found.length - told.length;
  const tables = more === 1 ? "1 more table" : `${more} more tables`;
  const isKnown = found.every(({ writes }) => writes?.seconds !== undefined);
  const rate = found.some(({ writes }) => writes?.seconds) ? `, at ${ratesInWords}, once the locks are held` : "";
  return { done: isKnown || "unknown", evidence: `${told.join("; ")}${more > 0 ? `; and ${tables}, for less long` : ""}${rate}` };
}

const longest = ({ writes }: Downtime) => (writes?.seconds ? writes.seconds.to : Number.POSITIVE_INFINITY);

/** What keeps readers away keeps writers away too, so that one is told where they are the same. */
function inWords({ table, reads, writes }: Downtime): string {
  if (reads && reads.statements.length === writes?.statements.length) return `${table} is closed to reads and writes ${forSeconds(reads)}`;
  const parts = [writes && `to writes ${forSeconds(writes)}`, reads && `to reads ${forSeconds(reads)}`];
  return `${table} is closed ${parts.filter(Boolean).join(" and ")}`;
}

const forSeconds = ({ statements, seconds }: Kept) =>
  `${seconds ? `for ${durationInWords(seconds)}` : "for an unknown time"} (${numbered(statements)})`;

const numbered = (statements: readonly number[]) => `${statements.length === 1 ? "statement" : "statements"} ${statements.join(", ")}`;
