import type { Table } from "../catalog/tables.ts";
import type { Refused } from "../error.ts";
import { sql } from "../sql/quote.ts";
import { isOfTheServer, runsAlone } from "./alone.ts";
import { type BuiltBytes, type IndexBytes, readBuiltBytes, withBuiltBytes } from "./built-bytes.ts";
import { type Circumstances, dependsOnData } from "./depends-on-data.ts";
import { type Found, readFound } from "./found.ts";
import { type Left, readLeft } from "./left.ts";
import { type Observed, observe, observeAlone, type Seen, type Stage } from "./observe.ts";
import { withOwnPath } from "./own-path.ts";
import { rolesIn } from "./roles.ts";
import { rowsDecide } from "./rows-decide.ts";
import { meaningIn, namesOf, type Scene, sceneOf } from "./scene.ts";
import type { Effect, Step } from "./step.ts";
import { waitsOf } from "./waits.ts";
import { workOf } from "./work.ts";

/** What is known of the schema beyond what the stage holds, which has no rows. */
export interface Surroundings extends Circumstances {
  /** The real table of this name, with its sizes. */
  real(table: { readonly schema: string; readonly name: string }): Table | undefined;
  /** Somebody who knows said that it has no rows. */
  isEmpty(table: Table): boolean;
  /** Without it, nobody knows what an index takes that the script builds. */
  readonly indexBytes?: IndexBytes | undefined;
  /** What stands around its tables there; without it, on the stage. */
  readonly found?: Found | undefined;
  /** What Postgres refuses here and may well take on the real server, because the stage lacks something. */
  isOurs(refused: Refused): boolean;
}

export interface Rehearsal {
  readonly steps: readonly Step[];
  /** What was not run, or not as it would be, and why. */
  readonly limits: readonly string[];
}

interface Outcome {
  readonly observed: Observed | undefined;
  /** What names meant when it ran. */
  readonly scene: Scene;
  readonly limit?: string;
}

interface Play {
  readonly stage: Stage;
  readonly names: ReadonlySet<string>;
  readonly outcomes: Map<Step, Outcome>;
  /** The last scene, while nothing has been run that stays. */
  readonly still: { scene: Scene | undefined };
}

/** Runs the script as it would run on the server, and tells of each step what Postgres did. Whatever the script commits stays on the stage. */
export async function rehearse(steps: readonly Step[], stage: Stage, known: Surroundings): Promise<Rehearsal> {
  for (const role of rolesIn(steps.map((step) => step.statement))) await stage.execute(sql`create role ${role}`);
  await stage.execute("set client_min_messages = debug1");
  const names = namesOf(steps);
  const first = await sceneOf({ stage, names });
  const play: Play = { stage, names, outcomes: new Map(), still: { scene: first } };
  const statements = steps.map((step) => step.statement);
  const oids = [...first.look.relations.values()].filter(({ table }) => table === null).map(({ oid }) => oid);
  const found = known.found ?? (await withOwnPath(stage, () => readFound(stage, oids, statements)));
  for (const block of blocksOf(steps)) await runBlock(play, block);
  const { tables } = await sceneOf({ stage, names: new Set([...names, ...namesAround(play)]) });
  const left = { ...(await withOwnPath(stage, () => readLeft(stage, [...tables.values()], statements))), built: builtIn(play) };
  const built = await readBuiltBytes(stage, { before: first.look, seen: seenIn(play) }, known.indexBytes);
  const { steps: seen, limits } = told(steps, play, { first, found, left, built }, known);
  return { steps: seen, limits: [...limits, ...neverEnded(steps)] };
}

/** Of a transaction that the script itself opens; a runner ends its own. */
function neverEnded(steps: readonly Step[]): readonly string[] {
  const open = steps.findLast((step) => beginning.has(transactionOf(step)) && !step.inTransaction);
  if (!open || steps.slice(open.number).some((step) => ending.has(transactionOf(step)))) return [];
  return [`the transaction of statement ${open.number} is never committed: Postgres takes all of it back when the session ends`];
}

interface Block {
  readonly steps: readonly Step[];
  readonly transaction: boolean;
  /** It ends in a ROLLBACK. */
  readonly undone: boolean;
}

const transactionOf = ({ statement: { tree } }: Step) => ("TransactionStmt" in tree ? tree.TransactionStmt.kind : undefined);

const beginning: ReadonlySet<string | undefined> = new Set(["TRANS_STMT_BEGIN", "TRANS_STMT_START"]);
const ending: ReadonlySet<string | undefined> = new Set(["TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"]);
const undoing: ReadonlySet<string | undefined> = new Set(["TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"]);

/** Steps that share a transaction stay together. */
function blocksOf(steps: readonly Step[]): readonly Block[] {
  const blocks: Block[] = [];
  let open: Step[] = [];
  const close = (kind: string | undefined) => {
    if (open.length > 0) blocks.push({ steps: open, transaction: true, undone: undoing.has(kind) });
    open = [];
  };
  for (const step of steps) {
    const kind = transactionOf(step);
    const isNext = step.before.length === 0 && open.some((earlier) => earlier.inTransaction);
    if (!step.inTransaction || isNext) close(undefined);
    if (!step.inTransaction && kind === undefined) blocks.push({ steps: [step], transaction: false, undone: false });
    else open.push(step);
    if (ending.has(kind)) close(kind);
  }
  close(undefined);
  return blocks;
}

const savepoints: ReadonlySet<string | undefined> = new Set(["TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO"]);

async function runBlock(play: Play, block: Block): Promise<void> {
  if (block.transaction) return runTransaction(play, block);
  for (const step of block.steps) await runByItself(play, step, []);
}

/**
 * A transaction is run twice: once as it is, for what Postgres refuses in it, and then again step by step, because only a
 * lock that is not held already can be seen when it is taken. One with savepoints, or that is rolled back, is run once.
 */
async function runTransaction(play: Play, { steps, undone }: Block): Promise<void> {
  const once = undone || steps.some((step) => savepoints.has(transactionOf(step)));
  const taken = new Map<Step, Observed | undefined>();
  await play.stage.execute("begin");
  for (const step of steps) {
    const scene = once ? await sceneOf(play) : undefined;
    const observed = await runWithin(play.stage, step);
    if (once || observed?.refused) play.outcomes.set(step, outcomeOf(step, observed, scene ?? (await sceneOf(play))));
    else taken.set(step, observed);
  }
  await play.stage.execute(once && !undone ? "commit" : "rollback");
  if (once) play.still.scene = undefined;
  await runStepByStep(play, taken);
}

/** `taken`: what Postgres took in the transaction, and what it was seen doing there. */
async function runStepByStep(play: Play, taken: ReadonlyMap<Step, Observed | undefined>): Promise<void> {
  const local: Step[] = [];
  for (const [step, within] of taken) {
    await runByItself(play, step, local);
    const byItself = play.outcomes.get(step);
    if (byItself?.observed?.refused) play.outcomes.set(step, { ...byItself, observed: within });
    if (isLocalSetting(step)) local.push(step);
  }
}

const isLocalSetting = ({ statement: { tree } }: Step) => "VariableSetStmt" in tree && tree.VariableSetStmt.is_local === true;

function outcomeOf(step: Step, observed: Observed | undefined, scene: Scene): Outcome {
  const limit = whyNotRun(step);
  return { observed, scene, ...(limit && { limit }) };
}

/** What is not run and does nothing to a table is told as having done nothing. */
const notRun = (step: Step): Observed | undefined => (whyNotRun(step) ? undefined : { seen: [] });

const isRun = (step: Step) => whyNotRun(step) === undefined && transactionOf(step) === undefined;

/** In the script's own transaction, and without spoiling it where it is refused, so that what comes after can be seen too. */
async function runWithin(stage: Stage, step: Step): Promise<Observed | undefined> {
  if (savepoints.has(transactionOf(step))) await stage.execute(step.statement.text);
  if (!isRun(step)) return notRun(step);
  await stage.execute("savepoint rehearsed_step");
  const observed = await observe(stage, step.statement);
  if (observed.refused) await stage.execute("rollback to savepoint rehearsed_step");
  await stage.execute("release savepoint rehearsed_step");
  return observed;
}

/** "cannot run inside a transaction block": of a kind that nobody foresaw, as REINDEX of a partitioned table. */
const ACTIVE_TRANSACTION = "25001";
/** A DO block or a procedure that commits. Its locks are gone with each COMMIT. */
const TRANSACTION_TERMINATION = "2D000";

async function runByItself(play: Play, step: Step, settings: readonly Step[]): Promise<void> {
  const scene = play.still.scene ?? (await sceneOf(play));
  play.still.scene = isRun(step) ? undefined : scene;
  play.outcomes.set(step, outcomeOf(step, await observeByItself(play.stage, step, settings), scene));
}

/** In a transaction of its own, under the settings that its own transaction had by then; what cannot have one runs without. */
async function observeByItself(stage: Stage, step: Step, settings: readonly Step[]): Promise<Observed | undefined> {
  if (!isRun(step)) return notRun(step);
  const alone = runsAlone(step.statement);
  if (alone) return observeAlone(stage, step.statement, alone);
  await stage.execute("begin");
  for (const setting of settings) await stage.execute(setting.statement.text);
  const observed = await observe(stage, step.statement);
  await stage.execute(observed.refused ? "rollback" : "commit");
  const code = step.inTransaction ? undefined : observed.refused?.code;
  if (code !== ACTIVE_TRANSACTION && code !== TRANSACTION_TERMINATION) return observed;
  const ran = await observeAlone(stage, step.statement, { command: "", locks: () => [] });
  return code === TRANSACTION_TERMINATION && !ran.refused ? undefined : ran;
}

/** Settings that would blind the one who looks, or that nobody else is there for. */
const ownSettings = new Set(["client_min_messages", "role", "session_authorization", "client_encoding", "transaction_isolation"]);

function whyNotRun({ statement }: Step): string | undefined {
  const { tree } = statement;
  if ("CopyStmt" in tree) return "COPY was not rehearsed: the twin has no rows to copy";
  if (isOfTheServer(statement)) return `${runsAlone(statement)?.command} was not rehearsed: it is about the server, not the schema`;
  if ("DiscardStmt" in tree) return "DISCARD was not rehearsed";
  if (!("VariableSetStmt" in tree)) return undefined;
  const { name = "", kind } = tree.VariableSetStmt;
  return ownSettings.has(name) || kind === "VAR_SET_MULTI" ? "" : undefined;
}

/** What a DROP locks and does not name: the table of an index. */
const namesAround = ({ outcomes }: Play): readonly string[] =>
  [...outcomes].flatMap(([{ statement }, { observed }]) =>
    statement.kind === "DropStmt" ? (observed?.seen ?? []).map(({ relation }) => relation.name) : [],
  );

const seenIn = ({ outcomes }: Play): readonly Seen[] => [...outcomes.values()].flatMap(({ observed }) => observed?.seen ?? []);

const builtIn = (play: Play): Left["built"] =>
  seenIn(play).flatMap(({ relation: table, builds }) => builds.map((index) => ({ table, index })));

interface Ends {
  readonly built: BuiltBytes;
  readonly first: Scene;
  readonly found: Found;
  readonly left: Left;
}

/** Steps refer to those before them, so each is made anew from the first on. */
function told(steps: readonly Step[], { outcomes }: Play, { first, found, left, built }: Ends, known: Surroundings): Rehearsal {
  const limits = new Set<string>();
  const made = new Map<Step, Step>();
  const realOf = (oid: number) => {
    const relation = first.look.relations.get(oid);
    return relation && known.real(relation);
  };
  const effectOf = ({ oid, ...seen }: Seen): Effect => withBuiltBytes({ ...seen, table: realOf(oid) }, built.get(oid));
  /** Of a schema that the script makes from nothing, every row is the script's own. */
  const isAnyThere = [...first.look.relations.values()].some(({ oid, kind }) => isTable.has(kind) && realOf(oid) !== undefined);
  for (const step of steps) {
    const outcome = outcomes.get(step);
    const before = step.before.map((earlier) => made.get(earlier) ?? earlier);
    if (!outcome) {
      made.set(step, { ...step, before });
      continue;
    }
    const { observed, scene, limit } = outcome;
    if (limit) limits.add(`statement ${step.number}: ${limit}`);
    const here = meaningIn(scene, { realOf, isEmpty: known.isEmpty, text: step });
    const refusal = observed?.refused;
    const excuse = refusal && excuseOf(refusal, { ...step, ...here }, { known, isAnyThere });
    if (!observed && !limit) limits.add(`what statement ${step.number} locks was not seen, because it commits by itself: it ran`);
    if (excuse) limits.add(`statement ${step.number} was not rehearsed, for ${excuse}: ${refusal.message}`);
    const effects = observed?.seen?.map(effectOf);
    const around = { ...here, found, left, effects, waits: waitsOf(step.statement, effects ?? [], found.open) };
    made.set(step, {
      ...step,
      ...around,
      before,
      refused: excuse === undefined ? refusal : undefined,
      work: effects && workOf({ statement: step.statement, effects }, found.capacity),
      dependsOnData: dependsOnData({ ...around, statement: step.statement }, known),
    });
  }
  return { steps: [...made.values()], limits: [...limits] };
}

/** Why what the twin refuses is no refusal of the server's. */
function excuseOf(
  refused: Refused,
  { statement, isNew }: Step,
  { known, isAnyThere }: { readonly known: Surroundings; readonly isAnyThere: boolean },
): string | undefined {
  if (known.isOurs(refused)) return "something is missing in the twin";
  const decide = isAnyThere && rowsDecide(statement, refused, (written) => !isNew(written));
  return decide ? "the rows that are there decide, and the twin has none" : undefined;
}

/** `relkind` of what has rows. */
const isTable = new Set(["r", "p", "f", "m"]);
