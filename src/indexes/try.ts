import { type Index, readIndexes } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { Plan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { unquote } from "../sql/quote.ts";
import { relationsOf } from "../sql/relations.ts";
import { relationsHere, type TwinRelation } from "../twin/relations.ts";
import { planAll, type Question, type Weighed, wishesIn } from "./advise.ts";
import type { Attempt } from "./attempts.ts";
import type { Candidate } from "./candidate.ts";
import { explain, type Planned } from "./planner.ts";
import { leavesOf, rootOf } from "./script.ts";
import { dropTrials } from "./trial.ts";
import { type Creation, createAll, type Untried } from "./try-create.ts";
import { type Drop, dropOf } from "./try-drop.ts";
import { whyUnserved } from "./unserved.ts";
import { readsOf, type Scene, type Standing, type Why, whyUnused } from "./unused.ts";

export interface Trying extends Omit<Question, "limits"> {
  readonly attempts: readonly Attempt[];
  /** `server_version_num` of the server that would build them. */
  readonly versionNumber?: number;
}

export interface Tried {
  /** Today, and with all of the attempts together. */
  readonly statements: readonly Weighed[];
  readonly before: number;
  readonly after: number;
  /** In the order of the attempts. */
  readonly attempts: readonly (TriedIndex | TriedDrop | Untried)[];
}

/** Planner cost of one call of a statement. */
export interface Effect {
  readonly number: number;
  readonly before: number;
  /** With this attempt and none of the others. */
  readonly alone: number;
  /** With all of them. */
  readonly together: number;
}

export interface TriedIndex {
  readonly kind: "create";
  readonly statement: Statement;
  readonly candidate: Candidate;
  readonly bytes: number;
  /** What its plans rest on, or lack. */
  readonly limits: readonly string[];
  /** Statements whose plan reads it, alone or beside the others, and gets cheaper by it. */
  readonly usedBy: readonly Effect[];
  /** Where no statement is: why not, each reason once. */
  readonly unused: readonly (Why & { readonly numbers: readonly number[] })[];
  readonly notes: readonly string[];
}

export interface TriedDrop extends Pick<Drop, "kind" | "statement" | "index" | "table" | "refused" | "notes"> {
  /** Statements whose plan reads it today, or changes without it; `reads`: indexes of its table that are read then. */
  readonly readBy: readonly (Effect & { readonly reads: readonly string[] })[];
}

/** To explain one takes some twenty plans. */
const MOST_EXPLAINED = 4;
/** Of a cost: less is rounding. */
const CHANGE = 0.001;

/** Plans the statements with the caller's own indexes in place and dropped ones out of the way: all together, and each alone. */
export async function tryIndexes(question: Trying): Promise<Tried> {
  const { session, tables, attempts, progress } = question;
  const { planned, refused } = await planAll(question);
  progress(`Trying ${attempts.length} of your statements`);
  const here = await relationsHere(session, tables);
  const creations = await createAll(question);
  const made = new Map<Attempt, Creation | Drop | Untried>(creations);
  for (const attempt of attempts) if (attempt.kind === "drop") made.set(attempt, await dropOf(attempt, { ...question, here }));

  const changes = [...made.values()].flatMap((each) => (each.kind === "refused" ? [] : [each]));
  const stage: Stage = { question, here, planned, changes, plans: new Map() };
  const together = new Map<Planned, Plan>();
  for (const statement of planned) together.set(statement, await planWith(stage, statement, changes));
  const tried: Tried["attempts"][number][] = [];
  for (const attempt of attempts) {
    const each = made.get(attempt);
    if (each?.kind === "create") tried.push(await triedIndex(stage, each, together));
    else if (each?.kind === "drop") tried.push(await triedDrop(stage, each, together));
    else if (each) tried.push(each);
  }
  await dropTrials(session, trialsOf(changes));

  const weighed = planned.map((statement) => weigh(statement, together.get(statement)));
  return {
    statements: [...weighed, ...refused].sort((one, other) => one.number - other.number),
    before: weighed.reduce((sum, { weight, before }) => sum + weight * before, 0),
    after: weighed.reduce((sum, { weight, after }) => sum + weight * after, 0),
    attempts: tried,
  };
}

const weigh = ({ number, weight, plan }: Planned, together: Plan = plan) => ({
  number,
  weight,
  before: plan.root.totalCost,
  after: together.root.totalCost,
  plans: { before: plan, after: together },
});

type Change = Creation | Drop;

interface Stage {
  readonly question: Trying;
  readonly here: ReadonlyMap<number, TwinRelation>;
  readonly planned: readonly Planned[];
  readonly changes: readonly Change[];
  /** That were made, by the statement's number and what was hidden. */
  readonly plans: Map<string, Plan>;
}

const trialsOf = (changes: readonly Change[]) => changes.flatMap((change) => (change.kind === "create" ? [change.trial] : []));

/** The plan with these changes and no other. */
async function planWith(
  { question, changes, plans }: Stage,
  { number, statement, plan }: Planned,
  wanted: readonly Change[],
): Promise<Plan> {
  const hidden = changes.flatMap((change) => {
    if (change.kind === "create") return wanted.includes(change) ? [] : change.trial.oids;
    return wanted.includes(change) ? change.oids : [];
  });
  const id = `${number} ${hidden.join()}`;
  const known = plans.get(id);
  if (known) return known;
  // It was planned a moment ago; only a planner that ran out of memory says no now.
  const explained = (await explain(question, statement, hidden)).plan ?? plan;
  plans.set(id, explained);
  return explained;
}

async function triedIndex(stage: Stage, creation: Creation, together: ReadonlyMap<Planned, Plan>): Promise<TriedIndex> {
  const { statement, trial, notes } = creation;
  const usedBy: Effect[] = [];
  const left: { readonly planned: Planned; readonly alone: Plan }[] = [];
  for (const planned of stage.planned.filter((each) => mayRead(each, trial.candidate.table, stage.question))) {
    const alone = await planWith(stage, planned, [creation]);
    const all = together.get(planned) ?? alone;
    const gains = (plan: Plan) => readsOf(plan, trial).length > 0 && plan.root.totalCost < planned.plan.root.totalCost * (1 - CHANGE);
    if (gains(alone) || gains(all)) usedBy.push(effectOf(planned, alone, all));
    else left.push({ planned, alone });
  }
  const { candidate, bytes, limits } = trial;
  const unused = usedBy.length > 0 ? [] : await reasonsFor(stage, creation, left);
  const others = usedBy.filter(({ number }) => isPassedOver(stage, creation, together, number));
  const passed =
    others.length === 0 ? [] : [`with the others in place it is not read for ${others.map(({ number }) => `#${number}`).join(", ")}`];
  return { kind: "create", statement, candidate, bytes, limits, usedBy, unused, notes: [...notes, ...passed] };
}

const effectOf = ({ number, plan }: Planned, alone: Plan, together: Plan): Effect => ({
  number,
  before: plan.root.totalCost,
  alone: alone.root.totalCost,
  together: together.root.totalCost,
});

function isPassedOver({ changes }: Stage, { trial }: Creation, together: ReadonlyMap<Planned, Plan>, number: number): boolean {
  const plan = [...together].find(([planned]) => planned.number === number)?.[1];
  return changes.length > 1 && plan !== undefined && readsOf(plan, trial).length === 0;
}

/** A view hides what it reads. */
function mayRead({ plan, statement }: Planned, table: Table, { tables, find }: Trying): boolean {
  const root = rootOf(table, tables);
  const read = plan.nodes.flatMap(({ relation }) =>
    tables.filter(({ schema, name }) => schema === relation?.schema && name === relation.name),
  );
  const named = relationsOf(statement).flatMap((relation) => find(relation) ?? []);
  return [...read, ...named].some((each) => each.kind === "view" || rootOf(each, tables) === root);
}

async function reasonsFor(stage: Stage, creation: Creation, left: readonly { readonly planned: Planned; readonly alone: Plan }[]) {
  if (left.length === 0) return [{ reason: "no statement reads its table", figures: undefined, numbers: [] }];
  const { question } = stage;
  const { trial } = creation;
  const scene = await sceneOf(stage, creation);
  const root = rootOf(trial.candidate.table, question.tables);
  const asking = left.map(({ planned, alone }) => ({
    alone,
    asking: { planned, wishes: wishesIn(planned, question).filter(({ table }) => table === root) },
  }));
  const reasons: (Why & { numbers: number[] })[] = [];
  for (const { alone, asking: each } of asking.slice(0, MOST_EXPLAINED)) {
    const why = scene && ((await whyUnused(scene, each, alone)) ?? (await whyUnserved(scene, each)));
    if (!why) continue;
    const same = reasons.find(({ reason, figures }) => reason === why.reason && figures === why.figures);
    if (same) same.numbers.push(each.planned.number);
    else reasons.push({ ...why, numbers: [each.planned.number] });
  }
  return reasons;
}

async function sceneOf({ question, here, changes }: Stage, { trial }: Creation): Promise<Scene | undefined> {
  const { session, searchPath, tables } = question;
  const { table } = trial.candidate;
  const twin = here.get(table.oid);
  const index = twin && (await readIndexes(session, [twin.oid])).find(({ name }) => name === trial.name);
  const existing = standingOn(table, question.tables, here);
  const others = trialsOf(changes).flatMap((other) => (other === trial ? [] : other.oids));
  const installed = await session.read<{ name: string; schema: string }>(
    "select extname::pg_catalog.text as name, extnamespace::pg_catalog.regnamespace::pg_catalog.text as schema from pg_catalog.pg_extension order by 1",
  );
  const extensions = new Map(installed.map(({ name, schema }) => [name, unquote(schema)]));
  return index && { session, searchPath, tables, trial, index, others, existing, extensions };
}

/** The parts of one index have its name. */
export function standingOn(table: Table, tables: readonly Table[], here: Stage["here"]): readonly Standing[] {
  const byOid = new Map(tables.flatMap(({ indexes }) => indexes.map((index) => [index.oid, index])));
  const whole = (index: Index): Index => {
    const parent = byOid.get(index.parent ?? 0);
    return parent ? whole(parent) : index;
  };
  const around = new Set([table, ...leavesOf(table, tables), rootOf(table, tables)]);
  return [...around].flatMap(({ indexes }) =>
    indexes.flatMap((index) => {
      const twin = here.get(index.oid);
      return twin ? [{ oid: twin.oid, here: twin.name, name: whole(index).name }] : [];
    }),
  );
}

async function triedDrop(stage: Stage, drop: Drop, together: ReadonlyMap<Planned, Plan>): Promise<TriedDrop> {
  const { kind, statement, index, table, refused, notes, oids } = drop;
  const names = new Set([...stage.here.values()].filter(({ oid }) => oids.includes(oid)).map(({ name }) => name));
  const readBy: TriedDrop["readBy"][number][] = [];
  for (const planned of stage.planned.filter((each) => mayRead(each, table, stage.question))) {
    const alone = await planWith(stage, planned, [drop]);
    const isRead = planned.plan.nodes.some(({ index: read }) => read !== undefined && names.has(read));
    if (!isRead && Math.abs(alone.root.totalCost / planned.plan.root.totalCost - 1) <= CHANGE) continue;
    readBy.push({ ...effectOf(planned, alone, together.get(planned) ?? alone), reads: readInstead(stage, table, planned, alone) });
  }
  return { kind, statement, index, table, refused, notes, readBy };
}

/** Indexes of the table that only the later plan reads, by their names at home. */
function readInstead({ question: { tables }, here }: Stage, table: Table, { plan }: Planned, alone: Plan): readonly string[] {
  const before = new Set(plan.nodes.flatMap(({ index }) => index ?? []));
  const after = new Set(alone.nodes.flatMap(({ index }) => index ?? []));
  const all = standingOn(table, tables, here);
  return [...new Set(all.filter((each) => after.has(each.here) && !before.has(each.here)).map(({ name }) => name))];
}
