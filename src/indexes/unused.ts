import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { Plan, PlanNode } from "../plan/plan.ts";
import { isKey } from "../sql/expression.ts";
import { parseExpression } from "../sql/parse.ts";
import { nameOf, unquote } from "../sql/quote.ts";
import type { Session } from "../twin/twin.ts";
import { candidateOf } from "./candidate.ts";
import { explain, type Place, type Planned } from "./planner.ts";
import { leavesOf } from "./script.ts";
import { dropTrials, placeTrials, type Trial } from "./trial.ts";
import type { Condition, Wish } from "./wishes.ts";

/** Why a statement does not read an index, as the planner showed it. */
export interface Why {
  readonly reason: string;
  /** Costs and rows, which are worth what the statistics are. */
  readonly figures: string | undefined;
  /** The condition that it is about, where it is about one. */
  readonly about?: Pick<Condition, "key" | "operator">;
}

/** An index in the twin, and what else stands on its table there. */
export interface Scene extends Place {
  readonly tables: readonly Table[];
  readonly trial: Trial;
  /** The same as the twin's catalog has it. */
  readonly index: Index;
  /** Oids of other indexes that are only tried. */
  readonly others: readonly number[];
  /** Those that are there today, with their names at home. */
  readonly existing: readonly Standing[];
  /** Schemas of the extensions that are there. */
  readonly extensions: ReadonlyMap<string, string>;
}

export interface Standing {
  readonly oid: number;
  /** In the twin. */
  readonly here: string;
  readonly name: string;
}

/** A statement with what it asks of the table of the index. */
export interface Asking {
  readonly planned: Planned;
  readonly wishes: readonly Wish[];
}

const SCANS = ["enable_seqscan"];
/** A join by hash or a sort may be what an index would spare. */
export const ALL_WAYS = [...SCANS, "enable_sort", "enable_hashjoin", "enable_mergejoin"];

/**
 * Plans with these ways switched off, which adds no cost to a plan that takes one of them all the same
 * (`disabled_nodes`, https://www.postgresql.org/docs/18/release-18.html).
 */
export async function switchedOff<Result>(session: Session, ways: readonly string[], ask: () => Promise<Result>): Promise<Result> {
  const before = await session.read<{ name: string; setting: string }>(
    "select name, pg_catalog.current_setting(name) as setting from pg_catalog.unnest($1::pg_catalog.text[]) name",
    [`{${ways.join(",")}}`],
  );
  await session.run(ways.map((name) => `set local ${name} = off`));
  try {
    return await ask();
  } finally {
    await session.run(before.map(({ name, setting }) => `set local ${name} = ${setting}`));
  }
}

/** The plan once the planner does not see these indexes, and has little else to choose from. */
const forced = (scene: Scene, { statement }: Planned, ways: readonly string[]) =>
  switchedOff(scene.session, ways, async () => (await explain(scene, statement, oidsOf(scene))).plan);

export const oidsOf = ({ existing, others }: Pick<Scene, "existing" | "others">) => [...others, ...existing.map(({ oid }) => oid)];

/** Its nodes that read the index. */
export const readsOf = ({ nodes }: Plan, { names }: Trial): readonly PlanNode[] =>
  nodes.filter(({ index }) => index !== undefined && names.includes(index));

/** `alone`: its plan with this index beside those that are there. Undefined where nothing that was tried tells. */
export async function whyUnused(scene: Scene, asking: Asking, alone: Plan): Promise<Why | undefined> {
  const { planned } = asking;
  const { trial, tables } = scene;
  const { table } = trial.candidate;
  const standing = standingIn(planned.plan, scene);
  if (!planned.plan.nodes.some(({ relation }) => isPartOf(relation, table, tables)))
    return { reason: `the plan reads nothing of ${nameOf(table.schema, table.name)}`, figures: undefined };
  if (readsOf(alone, trial).length > 0) return asGood(standing, planned.plan, alone);
  const onlyThis = await explain(scene, planned.statement, oidsOf(scene));
  if (standing.length > 0 && onlyThis.plan && readsOf(onlyThis.plan, trial).length > 0) {
    return {
      reason: `${standing.join(" and ")} is there already and serves the statement at less cost`,
      figures: against(planned.plan, onlyThis.plan),
    };
  }
  const plan = await forcedBoth(scene, planned);
  const narrowing = plan ? readsOf(plan, trial).filter((node) => isNarrowed(node) || givesOrder(scene, asking)) : [];
  return plan && narrowing.length > 0 ? cheaper(scene, asking, { plan, narrowing, standing }) : undefined;
}

async function forcedBoth(scene: Scene, planned: Planned): Promise<Plan | undefined> {
  const plan = await forced(scene, planned, SCANS);
  return plan && readsOf(plan, scene.trial).some(isNarrowed) ? plan : forced(scene, planned, ALL_WAYS);
}

/** Anything but all entries from end to end. */
export const isNarrowed = ({ indexCond, orderBy }: PlanNode) => indexCond !== undefined || orderBy !== undefined;

const givesOrder = ({ index }: Scene, { wishes }: Asking) =>
  wishes.some(({ orders }) => orders.some(([first]) => first !== undefined && isSameKey(first, index.keys[0])));

/** Names at home of the indexes of the table that a plan reads. */
function standingIn({ nodes }: Plan, { existing }: Scene): readonly string[] {
  const read = new Set(nodes.flatMap(({ index }) => index ?? []));
  return [...new Set(existing.filter(({ here }) => read.has(here)).map(({ name }) => name))];
}

function asGood(standing: readonly string[], before: Plan, alone: Plan): Why {
  const what = standing.length > 0 ? `${standing.join(" and ")} would do as well, and is there already` : "it makes the plan no cheaper";
  return { reason: what, figures: against(before, alone) };
}

const against = (one: Plan, other: Plan) => `${written(one.root.totalCost)} against ${written(other.root.totalCost)}`;

const written = (number: number): string => number.toLocaleString("en-US", { maximumFractionDigits: number < 100 ? 2 : 0 });

interface Forced {
  readonly plan: Plan;
  readonly narrowing: readonly PlanNode[];
  readonly standing: readonly string[];
}

async function cheaper(scene: Scene, asking: Asking, { plan, narrowing, standing }: Forced): Promise<Why> {
  const { table } = scene.trial.candidate;
  const today = asking.planned.plan;
  const isScanned = today.nodes.some(({ type, relation }) => type === "Seq Scan" && isPartOf(relation, table, scene.tables));
  const scan = isScanned ? `a sequential scan of ${nameOf(table.schema, table.name)}` : "the plan without it";
  const lead = await leadOf(scene, asking);
  const rows = foundBy(narrowing, scene);
  return {
    reason: `the planner can read it, but ${standing.length > 0 ? standing.join(" and ") : scan} is cheaper${lead?.reason ?? ""}`,
    figures: [`${against(today, plan)} for the plan that reads it`, ...(rows ?? []), ...(lead?.figures ?? [])].join("; "),
  };
}

const isPartOf = (relation: PlanNode["relation"], table: Table, tables: readonly Table[]) =>
  relation !== undefined && leavesOf(table, tables).some(({ schema, name }) => schema === relation.schema && name === relation.name);

/** Of a scan that is not made once for each row of another relation. */
function foundBy(nodes: readonly PlanNode[], { trial: { candidate }, tables }: Scene): readonly string[] | undefined {
  const parts = tables.filter(({ rows }) => rows !== undefined);
  const total = parts.find(({ oid }) => oid === candidate.table.oid)?.rows ?? 0;
  const isInner = nodes.some(({ parentRelationship, indexCond = "" }) => parentRelationship === "Inner" || /\.\S+ = \w+\./.test(indexCond));
  const rows = nodes.reduce((sum, { planRows }) => sum + planRows, 0);
  if (isInner || total <= 0 || candidate.table.kind === "partitioned table") return undefined;
  return [`it would find ${written(Math.round(rows))} of ${written(total)} rows`];
}

/** Where nothing narrows its first key, all of a B-tree is read, or much of it: with another key in front it might not be. */
export async function leadOf(scene: Scene, { planned, wishes }: Asking) {
  const { index, trial, session, tables, searchPath } = scene;
  const asked = index.keys.map((key) => isAsked(key, wishes));
  const place = asked.indexOf(true);
  if (index.method !== "btree" || place < 1) return undefined;
  const keys = [index.keys[place], ...index.keys.toSpliced(place, 1)].map((key = "") => ({
    column: undefined,
    text: isPlain(key) ? key : `(${key})`,
    descending: false,
    nullsFirst: false,
  }));
  const reason = `: nothing is asked of its first key, ${index.keys[0]}`;
  const { trials } = await placeTrials(session, {
    candidates: [candidateOf(trial.candidate.table, keys)],
    tables,
    searchPath,
    from: VARIANTS,
  });
  const turned = await explain(scene, planned.statement, [...scene.others, ...trial.oids]);
  await dropTrials(session, trials);
  const [other] = trials;
  if (!other || !turned.plan || readsOf(turned.plan, other).length === 0) return { reason, figures: [] };
  const order = keys.map(({ text }) => text).join(", ");
  return {
    reason: `${reason}, and with its keys as (${order}) it would be read`,
    figures: [`${written(turned.plan.root.totalCost)} with (${order})`],
  };
}

/** Names of what is tried only to explain: far from those of what a caller wants. */
export const VARIANTS = 10_000;

/** Whether a condition or a join narrows this key, as the catalog prints it. */
export const isAsked = (key: string, wishes: readonly Wish[]): boolean =>
  wishes.some(({ conditions, nearest }) => [...conditions, ...nearest].some((condition) => isSameKey(condition.key, key)));

/** A column, and no expression. */
export const isPlain = (key: string): boolean => /^(?:[\p{L}_][\p{L}\p{N}_$]*|"(?:[^"]|"")*")$/u.test(key);

export function isSameKey(key: { readonly column: string | undefined; readonly text: string }, printed: string | undefined): boolean {
  if (printed === undefined) return false;
  if (key.column !== undefined) return unquote(printed) === key.column;
  // A cast to text is left out of the comparison below, and of a column it is no column.
  if (isPlain(printed)) return false;
  const expression = parseExpression(key.text);
  return expression !== undefined && isKey(expression, printed);
}
