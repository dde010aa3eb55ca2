import type { Table } from "../catalog/tables.ts";
import type { Statement } from "../sql/parse.ts";
import { quote, unquote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import { type Candidate, candidateOf } from "./candidate.ts";
import { clausesOf } from "./definition.ts";
import { forward, type Key, keysSql } from "./key.ts";
import { explain } from "./planner.ts";
import { dropTrials, placeTrials, type Trial } from "./trial.ts";
import { containing, isNegative, nameOfKind, otherOperators, spelled } from "./unserved-operators.ts";
import {
  ALL_WAYS,
  type Asking,
  isAsked,
  isNarrowed,
  isPlain,
  isSameKey,
  oidsOf,
  readsOf,
  type Scene,
  switchedOff,
  VARIANTS,
  type Why,
} from "./unused.ts";
import type { Condition } from "./wishes.ts";

/** Other indexes in place of this one or beside it, or another statement, and what it says of this one if the planner reads them. */
export interface Variant {
  readonly candidates: readonly Candidate[];
  /** Instead unless told. */
  readonly stands?: "beside";
  /** Only the rows that a condition is for, unless told. */
  readonly gives?: "order";
  readonly statement?: Statement;
  readonly reason: string;
  readonly about?: Condition;
}

/** Why the planner cannot read an index for a statement: what is changed in it until the planner can. */
export async function whyUnserved(scene: Scene, asking: Asking): Promise<Why> {
  const { trial, session, tables, searchPath } = scene;
  const variants = [...variantsOf(scene, asking), ...(await containing(scene, asking))];
  const candidates = variants.flatMap((variant) => variant.candidates);
  const { trials } = await placeTrials(session, { candidates, tables, searchPath, from: VARIANTS });
  const known = [...oidsOf(scene), ...trials.flatMap(({ oids }) => oids)];
  const found = await switchedOff(session, ALL_WAYS, async () => {
    for (const variant of variants) {
      const own = trials.filter(({ candidate }) => variant.candidates.includes(candidate));
      if (own.length < variant.candidates.length) continue;
      const read = variant.stands === "beside" ? [...own, trial] : own;
      const visible = new Set(read.flatMap(({ oids }) => oids));
      const hidden = [...known, ...trial.oids].filter((oid) => !visible.has(oid));
      const { plan } = await explain(scene, variant.statement ?? asking.planned.statement, hidden);
      const isServed = (each: Trial) => plan && readsOf(plan, each).some((node) => variant.gives === "order" || isNarrowed(node));
      if (read.every(isServed)) return variant;
    }
    return undefined;
  });
  await dropTrials(session, trials);
  return { reason: found?.reason ?? otherwise(scene, asking), figures: undefined, ...(found?.about && { about: found.about }) };
}

function otherwise({ index }: Scene, { wishes }: Asking): string {
  const { keys } = index;
  const orders = wishes.flatMap((wish) => wish.orders.flatMap(([first]) => first ?? []));
  const isOrdered = keys.some((key) => orders.some((order) => isSameKey(order, key)));
  const asked = wishes.flatMap(({ conditions }) => conditions.filter(({ key }) => keys.some((printed) => isSameKey(key, printed))));
  const [first] = asked;
  if (!isOrdered && first && asked.every(({ operator }) => isNegative(operator))) {
    return `${nameOfKind({ method: index.method })} does not serve ${spelled(first.operator)}`;
  }
  if (!isOrdered && !keys.some((key) => isAsked(key, wishes))) {
    return `no condition, join or order of the statement is on ${keys.join(", ")}`;
  }
  return "the planner does not read it even with sequential scans, sorts and hash joins switched off";
}

function* variantsOf(scene: Scene, asking: Asking): Generator<Variant> {
  const conditions = asking.wishes.flatMap((wish) => wish.conditions);
  yield* wholly(scene, conditions);
  yield* otherCollations(scene, asking);
  yield* otherOperators(scene, conditions);
  yield* otherKeys(scene, asking, conditions);
  yield* otherSides(scene, conditions);
  yield* otherOrders(scene, asking);
}

/** The same over all rows. */
function* wholly({ index, trial: { candidate } }: Scene, conditions: readonly Condition[]): Generator<Variant> {
  if (index.where === undefined) return;
  const on = index.definition.slice(index.definition.indexOf(" USING ") + 1, index.definition.lastIndexOf(" WHERE "));
  const parameter = conditions.find(({ key, value }) => value === "parameter" && mentions(index.where ?? "", key));
  const because = parameter ? `: ${parameter.key.text} is compared with a parameter, which may be anything` : "";
  yield {
    candidates: [
      candidateOf(candidate.table, [], {
        method: index.method,
        definition: { create: "create index", on: `${nameIn(candidate.table)} ${on}` },
      }),
    ],
    reason: `its predicate, ${index.where}, does not follow from the statement's conditions${because}`,
  };
}

const nameIn = ({ schema, name }: Table) => `${quote(schema)}.${quote(name)}`;

const mentions = (text: string, { column }: Key) =>
  column !== undefined && new RegExp(`(^|\\W)${column.replaceAll(/[^\w]/g, ".")}(\\W|$)`).test(text);

function* otherCollations({ trial: { candidate }, index }: Scene, { planned }: Asking): Generator<Variant> {
  const [key] = index.keys;
  const printed = planned.plan.nodes.flatMap(({ conditions }) => conditions.map(({ text }) => text)).join(" ");
  for (const collation of new Set(Array.from(printed.matchAll(/\bCOLLATE ("(?:[^"]|"")*")/g), ([, name = ""]) => name))) {
    if (key === undefined || index.definition.includes(`COLLATE ${collation}`)) continue;
    yield {
      candidates: [{ ...candidate, ...whole(candidate.table, `${inParentheses(key)} collate ${collation}`) }],
      reason: `the statement compares by the collation ${collation}, and the index is sorted by another`,
    };
  }
}

const inParentheses = (key: string) => (isPlain(key) ? key : `(${key})`);

const whole = (table: Table, keys: string, method?: string): Pick<Candidate, "definition"> => ({
  definition: {
    create: "create index",
    on: `${nameIn(table)} ${clausesOf({ keys: [keys], ...(method !== undefined && { method }) })}`,
  },
});

/** What the conditions are on instead of the first key. */
function* otherKeys(
  { index, trial: { candidate } }: Scene,
  { planned: { statement } }: Asking,
  conditions: readonly Condition[],
): Generator<Variant> {
  const first = index.keys[0] ?? "";
  for (const about of conditions) {
    const { key } = about;
    if (isSameKey(key, first) || !isNear(key, first)) continue;
    yield {
      about,
      candidates: [candidateOf(candidate.table, [key], { method: index.method === "hash" ? "hash" : "btree" })],
      reason: reasonFor(key, first, { table: candidate.table, statement }),
    };
  }
}

/** One is made of the other, or of the same column. */
const isNear = (key: Key, first: string): boolean => {
  const words = new Set(first.match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  return (key.text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).some((word) => words.has(word));
};

interface Said {
  readonly table: Table;
  readonly statement: Statement;
}

function reasonFor(key: Key, first: string, { table, statement }: Said): string {
  const column = table.columns.find(({ name }) => name === unquote(first));
  const isCast = column && key.column === undefined && castOf(key.text) === column.name;
  if (!isCast) return `the statement's condition is on ${bare(key)}, and the index is on ${first}`;
  if (castsItself(column.name, statement))
    return `the statement casts the column, ${bare(key)}: compare it with a value of type ${column.type} instead`;
  return `the column is cast in ${bare(key)}, because of the type of what it is compared with: pass a value of type ${column.type}`;
}

const castsItself = (column: string, { tree }: Statement): boolean =>
  [...walk(tree)].some(
    ({ kind, node }) => kind === "TypeCast" && node.arg && "ColumnRef" in node.arg && namesIn(node.arg.ColumnRef.fields).at(-1) === column,
  );

const bare = ({ text }: Key) => (text.startsWith("(") && text.endsWith(")") ? text.slice(1, -1) : text);

/** The column of `((id)::numeric)`. */
const castOf = (text: string): string | undefined => {
  const [, column] = /^\(\(?("(?:[^"]|"")*"|\w+)\)?::/.exec(text) ?? [];
  return column === undefined ? undefined : unquote(column);
};

/** For OR, an index on each other side. */
function* otherSides({ index, trial: { candidate } }: Scene, conditions: readonly Condition[]): Generator<Variant> {
  const sides = conditions.filter(({ alternative }) => alternative);
  if (!sides.some(({ key }) => isSameKey(key, index.keys[0]))) return;
  const others = new Map(sides.filter(({ key }) => !isSameKey(key, index.keys[0])).map(({ key }) => [key.text, key]));
  if (others.size === 0) return;
  yield {
    candidates: [...others.values()].map((key) => candidateOf(candidate.table, [key])),
    stands: "beside",
    reason: `OR needs an index on each of its sides: with one on ${[...others.values()].map(bare).join(" and one on ")} too, both are read`,
  };
}

/** A B-tree is read forwards and backwards, and in no third order. */
function* otherOrders({ index, trial: { candidate } }: Scene, { wishes }: Asking): Generator<Variant> {
  for (const order of wishes.flatMap(({ orders }) => orders)) {
    if (index.method !== "btree" || !order[0] || !isSameKey(order[0], index.keys[0])) continue;
    yield {
      candidates: [candidateOf(candidate.table, forward(order))],
      gives: "order",
      reason: `the statement sorts by ${keysSql(order)}, which is neither the order of the index nor its reverse`,
    };
  }
}
