import { type Index, readIndexes } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Statement } from "../../sql/parse.ts";
import { type Query, readQuery } from "../../sql/query.ts";
import { nameOf, sql, unquote } from "../../sql/quote.ts";
import { relationsHere, type TwinRelation } from "../../twin/relations.ts";
import { wishesIn } from "../advise.ts";
import { candidateOf } from "../candidate.ts";
import { explain, type Place, type Planned } from "../planner.ts";
import { leavesOf, rootOf } from "../script.ts";
import { standingOn } from "../try.ts";
import { partsOf } from "../try-drop.ts";
import { whyUnserved } from "../unserved.ts";
import type { Asking, Scene } from "../unused.ts";
import type { Wish } from "../wishes.ts";
import { type Clause, clausesOn } from "./clauses.ts";
import { type Costs, dearer } from "./dearer.ts";
import type { Flip } from "./flip-settings.ts";
import { onlyPath } from "./only-path.ts";

export interface Asked extends Place {
  readonly tables: readonly Table[];
  find(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
  readonly statement: Statement;
}

/** An existing index on a filtered, joined or sorted column that the plan does not read, and why. */
export interface Unused {
  /** Of a partitioned table, that of the whole. */
  readonly index: Index;
  readonly table: Table;
  /** What the statement asks of its keys, where its text says so. */
  readonly clause: Pick<Clause, "kind" | "text" | "span"> | undefined;
  /** "not needed": the plan reads nothing of the table, or another index as well as this one. "not known": nothing that was tried tells. */
  readonly why: "cannot serve" | "costs more" | "not needed" | "not known";
  /** One sentence without a full stop and without a figure. */
  readonly reason: string;
  /** In the planner's units, of the whole statement. They are worth what the statistics are. */
  readonly costs: Costs | undefined;
  /** With which the planner read it, all else as it is. Only where it costs more than a sequential scan. */
  readonly flips: readonly Flip[];
  /** What its estimate rests on, or lacks. */
  readonly notes: readonly string[];
}

/** Each takes four plans and more. */
const MOST = 12;
/** To say what keeps the planner from one takes some twenty plans, on indexes that are made for it. */
const MOST_EXPLAINED = 4;

/** The plan is made in the twin once more. Empty where the twin cannot plan the statement. */
export async function whyNotUsed(asked: Asked): Promise<readonly Unused[]> {
  const { plan } = await explain(asked, asked.statement);
  if (!plan) return [];
  const stage = await stageOf(asked, plan);
  const found: Unused[] = [];
  for (const concerned of concernedIn(stage)) found.push(await whyOf(stage, concerned));
  return found;
}

interface Stage {
  readonly asked: Asked;
  readonly query: Query<Table>;
  readonly planned: Planned;
  readonly wishes: readonly Wish[];
  readonly here: ReadonlyMap<number, TwinRelation>;
  readonly extensions: Scene["extensions"];
  /** Indexes, by their oids in the twin. */
  readonly everywhere: readonly number[];
  /** What is left to be tried. */
  left: number;
  explained: number;
}

const extensionsSql =
  "select extname::pg_catalog.text as name, extnamespace::pg_catalog.regnamespace::pg_catalog.text as schema from pg_catalog.pg_extension order by 1";

async function stageOf(asked: Asked, plan: Plan): Promise<Stage> {
  const { session, tables, find, statement } = asked;
  const planned = { number: 1, statement, weight: 1, plan };
  const installed = await session.read<{ name: string; schema: string }>(extensionsSql);
  const here = await relationsHere(session, tables);
  return {
    asked,
    query: readQuery(statement, find),
    planned,
    wishes: wishesIn(planned, asked),
    here,
    everywhere: tables.flatMap(({ indexes }) => indexes.flatMap(({ oid }) => here.get(oid)?.oid ?? [])),
    extensions: new Map(installed.map(({ name, schema }) => [name, unquote(schema)])),
    left: MOST,
    explained: MOST_EXPLAINED,
  };
}

interface Concerned {
  readonly index: Index;
  readonly table: Table;
  /** Itself, and its parts at the partitions. */
  readonly family: readonly Index[];
  readonly clause: Clause | undefined;
}

/** Those whose first key is asked for come first. */
function concernedIn(stage: Stage): readonly Concerned[] {
  const { asked, query, planned, wishes, here } = stage;
  const { tables } = asked;
  const read = new Set(planned.plan.nodes.flatMap(({ index }) => index ?? []));
  const roots = new Set(wishes.map(({ table }) => table));
  return [...roots].flatMap((root) => {
    const clauses = clausesOn(query, (table) => rootOf(table, tables) === root);
    const wished = columnsAsked(wishes.filter(({ table }) => table === root));
    const columns = new Set([...wished, ...clauses.flatMap((clause) => [...clause.columns])]);
    const places = [...new Set([root, ...leavesOf(root, tables)])];
    const all = places.flatMap((table) => table.indexes.filter(({ parent }) => parent === undefined).map((index) => ({ index, table })));
    const unread = all.flatMap(({ index, table }): Concerned[] => {
      const family = [index, ...partsOf(index, tables)];
      const isRead = family.some(({ oid }) => read.has(here.get(oid)?.name ?? ""));
      const words = wordsOf(index.keys);
      if (isRead || !words.some((word) => columns.has(word))) return [];
      return [{ index, table, family, clause: clauseOn(words, clauses) }];
    });
    return unread.sort((one, other) => firstAsked(other, columns) - firstAsked(one, columns));
  });
}

const firstAsked = ({ index }: Concerned, columns: ReadonlySet<string>) =>
  wordsOf(index.keys.slice(0, 1)).some((word) => columns.has(word)) ? 1 : 0;

function columnsAsked(wishes: readonly Wish[]): ReadonlySet<string> {
  const keys = wishes.flatMap(({ conditions, nearest, orders }) => [
    ...[...conditions, ...nearest].map(({ key }) => key.text),
    ...orders.flatMap((order) => order.map(({ text }) => text)),
  ]);
  const columns = wishes.flatMap(({ equal, lists, ranges, joins, alternatives }) => [
    ...equal,
    ...lists,
    ...ranges,
    ...joins.flat(),
    ...alternatives,
  ]);
  return new Set([...columns, ...wordsOf(keys)]);
}

/** The names in expressions, functions' too; constants left out. */
const wordsOf = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => text.replaceAll(/'(?:[^']|'')*'/g, "").match(/"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []).map(unquote);

/** On the foremost key that one is on: a condition rather than an order. */
function clauseOn(words: readonly string[], clauses: readonly Clause[]): Clause | undefined {
  const of = (word: string) => clauses.filter(({ columns }) => columns.has(word));
  const [first] = words.map(of).filter((found) => found.length > 0);
  return first?.find(({ kind }) => kind === "condition") ?? first?.[0];
}

type Found = Pick<Unused, "why" | "reason"> & Partial<Unused>;

async function whyOf(stage: Stage, concerned: Concerned): Promise<Unused> {
  const { index, table, clause } = concerned;
  const found = invalid(concerned) ?? (await triedIn(stage, concerned));
  const { kind, text, span } = found.clause ?? clause ?? {};
  return {
    costs: undefined,
    flips: [],
    notes: [],
    ...found,
    index,
    table,
    clause: kind && text !== undefined && span ? { kind, text, span } : undefined,
  };
}

function invalid({ index, table, family }: Concerned): Found | undefined {
  if (family.every(({ valid }) => valid)) return undefined;
  const name = nameOf(index.schema, index.name);
  const repair =
    table.kind === "partitioned table"
      ? "a partition has no index attached to it"
      : `a CREATE INDEX CONCURRENTLY that failed, or is not done, left it so: ${sql`reindex index concurrently ${name};`}`;
  return { why: "cannot serve", reason: `it is not valid, and the planner does not look at it: ${repair}` };
}

async function triedIn(stage: Stage, concerned: Concerned): Promise<Found> {
  const { planned, asked } = stage;
  const leaves = leavesOf(concerned.table, asked.tables);
  const isReached = planned.plan.nodes.some(
    ({ relation }) => relation && leaves.some(({ schema, name }) => schema === relation.schema && name === relation.name),
  );
  if (!isReached) return { why: "not needed", reason: `the plan reads nothing of ${nameOf(concerned.table.schema, concerned.table.name)}` };
  if (stage.left === 0) return { why: "not known", reason: `not tried: the ${MOST} before it were` };
  const scene = await sceneOf(stage, concerned);
  if (!scene) return { why: "not known", reason: "the twin has no such index" };
  stage.left -= 1;
  const asking: Asking = { planned, wishes: stage.wishes.filter(({ table }) => table === rootOf(concerned.table, asked.tables)) };
  const reading = await onlyPath(scene, asking, stage.everywhere);
  if (reading) return dearer({ scene, asking, reading, query: stage.query });
  if (stage.explained === 0) return { why: "cannot serve", reason: "the planner does not read it even where it is the only index" };
  stage.explained -= 1;
  const { reason, about } = await whyUnserved(scene, asking);
  const clauses = clausesOn(stage.query, (table) => rootOf(table, asked.tables) === rootOf(concerned.table, asked.tables));
  const words = wordsOf([about?.key.text ?? ""]);
  const blamed =
    about && clauses.find(({ columns, operators }) => operators.has(about.operator) && words.some((word) => columns.has(word)));
  return { why: "cannot serve", reason, ...(blamed && { clause: blamed }) };
}

async function sceneOf({ asked, here, extensions }: Stage, { index, table, family }: Concerned): Promise<Scene | undefined> {
  const { session, searchPath, tables } = asked;
  const own = family.flatMap(({ oid }) => here.get(oid) ?? []);
  const [whole] = own;
  const place = here.get(table.oid);
  const twins = place && (await readIndexes(session, [place.oid])).find(({ oid }) => oid === whole?.oid);
  if (!whole || !twins) return undefined;
  const oids = own.map(({ oid }) => oid);
  return {
    session,
    searchPath,
    tables,
    index: twins,
    trial: {
      candidate: candidateOf(table, [], { method: index.method, where: index.where, unique: index.unique }),
      name: whole.name,
      names: own.map(({ name }) => name),
      oids,
      bytes: family.reduce((sum, { bytes }) => sum + bytes, 0),
      sizes: [],
      limits: [],
    },
    others: [],
    existing: standingOn(table, tables, here).filter(({ oid }) => !oids.includes(oid)),
    extensions,
  };
}
