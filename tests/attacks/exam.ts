import { argumentsOf, type Case, filled, sorted } from "./cases.ts";
import type { Answer, Contestant } from "./contestant.ts";
import { differences, type State } from "./state.ts";
import type { World } from "./world.ts";

/** Who sits the exam, and how it is asked. */
export interface Candidate {
  start(): Promise<Contestant>;
  /** How the SQL of a case is put; a case of the mode `call` says itself how. */
  asks(sql: string, mode: "explain" | "analyze"): { readonly tool: string; readonly input: Record<string, unknown> };
  /** Cases that are asked before the state is looked at. One for a candidate that changes the state often. */
  readonly batch: number;
}

export interface Outcome {
  readonly id: string;
  readonly asked: Case;
  readonly answer: Answer;
  /** What is not as it was. */
  readonly effects: readonly string[];
  /** Secrets that were in the answer or on stderr, and that the caller had not told. */
  readonly leaks: readonly string[];
  readonly died: boolean;
  readonly milliseconds: number;
}

/** Asks all of them, and goes back one by one where a batch left a difference. The world is left as it was made. */
export async function examine(world: World, candidate: Candidate, cases: readonly Case[]): Promise<readonly Outcome[]> {
  const seat = await takeSeat(world, candidate);
  const outcomes: Outcome[] = [];
  const plain = sorted(cases.filter(({ setup }) => setup === undefined));
  for (let at = 0; at < plain.length; at += candidate.batch) {
    const batch = plain.slice(at, at + candidate.batch);
    const together = await sitTogether(seat, batch);
    outcomes.push(...(together ?? (await sitAlone(seat, batch))));
  }
  for (const asked of cases.filter(({ setup }) => setup !== undefined)) outcomes.push(await sitAfterSetup(seat, asked));
  await seat.leave();
  const last = outcomes.pop();
  return last === undefined ? [] : [...outcomes, { ...last, leaks: [...last.leaks, ...seat.late()] }];
}

/** One server after the other in one world: a dead one, and one whose world was made anew, is replaced. */
interface Seat {
  readonly world: World;
  ask(asked: Case): Promise<Omit<Outcome, "effects">>;
  renew(): Promise<void>;
  /** Opens new sessions, and asks once, so that what they are by themselves is no effect. */
  reconnect(): Promise<void>;
  leave(): Promise<void>;
  /** Secrets that a server told on stderr after it had answered. */
  late(): readonly string[];
}

async function takeSeat(world: World, candidate: Candidate): Promise<Seat> {
  let contestant = await candidate.start();
  const put = (sql: string, mode: "explain" | "analyze") => {
    const { tool, input } = candidate.asks(filled(sql, world.places()), mode);
    return contestant.call(tool, input);
  };
  const warm = async () => {
    await put("select 1", "explain");
    await put("select 1", "analyze");
  };
  const secretsIn = (said: string) => [...world.secrets()].filter(([, secret]) => secret.test(said)).map(([name]) => name);
  const late = new Set<string>();
  const leave = async () => {
    await contestant.stop();
    for (const name of secretsIn(contestant.complaints())) late.add(name);
  };
  const replace = async () => {
    await leave();
    contestant = await candidate.start();
    await warm();
  };
  await warm();
  return {
    world,
    async ask(asked) {
      if (!contestant.alive()) await replace();
      const began = Date.now();
      const { sql, input, mode, tool } = asked;
      const answer =
        sql !== undefined && mode !== "call" ? await put(sql, mode) : await contestant.call(tool, argumentsOf(input ?? {}, world.places()));
      const milliseconds = Date.now() - began;
      const said = answer.text + contestant.complaints();
      const told = secretsIn(JSON.stringify(asked));
      const leaks = secretsIn(said).filter((name) => !told.includes(name));
      if (answer.unanswered && contestant.alive()) await replace();
      return { id: asked.id, asked, answer, leaks, died: !contestant.alive(), milliseconds };
    },
    async renew() {
      await leave();
      await world.fresh();
      contestant = await candidate.start();
      await warm();
    },
    async reconnect() {
      world.cut();
      await warm();
    },
    leave,
    late: () => [...late],
  };
}

/** Undefined: there was a difference, and the world is as it was made. */
async function sitTogether(seat: Seat, batch: readonly Case[]): Promise<readonly Outcome[] | undefined> {
  const { world } = seat;
  if (batch.length === 1) return undefined;
  const before = await world.state();
  const glance = await world.glance();
  const outcomes: Outcome[] = [];
  for (const asked of batch) {
    outcomes.push({ ...(await seat.ask(asked)), effects: [] });
    if (differences(glance, await world.glance()).length > 0) break;
  }
  if (outcomes.length === batch.length && differences(before, await world.state()).length === 0) return outcomes;
  await seat.renew();
  return undefined;
}

/** What ends with the session, or is a matter of how much. */
const PASSING = /^(lock|session with|call of|notification|outbound|write-ahead log|statistics reset|configuration loaded)/;

async function sitAlone(seat: Seat, cases: readonly Case[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let before: State | undefined;
  for (const asked of cases) {
    before ??= await seat.world.state();
    const outcome = await seat.ask(asked);
    const after = await seat.world.state();
    const effects = differences(before, after);
    outcomes.push({ ...outcome, effects });
    before = after;
    if (effects.length === 0) continue;
    if (effects.every((effect) => PASSING.test(effect))) await seat.reconnect();
    else await seat.renew();
    before = undefined;
  }
  return outcomes;
}

async function sitAfterSetup(seat: Seat, asked: Case): Promise<Outcome> {
  const { world } = seat;
  await world.run(asked.setup ?? "");
  // A setting of a database is that of the sessions to come.
  await seat.reconnect();
  const [outcome] = await sitAlone({ ...seat, renew: async () => undefined }, [asked]);
  if (outcome === undefined) throw new Error(`${asked.id} was not asked`);
  await world.fresh();
  return outcome;
}
