import type { Table } from "../catalog/tables.ts";
import type { Facts } from "./column-facts.ts";
import { ascending, forward, type Key, keysSql } from "./key.ts";
import type { Condition, Wish } from "./wishes.ts";

/** What a wish asks that a B-tree gives, by keys: columns and expressions. */
export interface TreeWish {
  /** Must equal one value that is known, the most wanted first, and tests such as IS NULL behind them. */
  readonly equal: readonly Key[];
  /** Those of them that are no tests. */
  readonly firm: readonly Key[];
  /** The one of them that tells most rows apart. */
  readonly best: readonly Key[];
  /** Must equal one of several values. */
  readonly lists: readonly Key[];
  readonly ranges: readonly Key[];
  readonly joins: readonly (readonly Key[])[];
  readonly orders: readonly (readonly Key[])[];
  readonly alternatives: readonly Key[];
}

/** Wider ones help ever fewer statements and cost ever more to keep. */
const MOST_KEYS = 4;

/** Types of which a value easily outgrows the third of a page that a B-tree takes (https://www.postgresql.org/docs/current/btree.html). */
const large = new Set(["json", "jsonb", "xml", "tsvector", "bytea", "hstore", "vector", "halfvec", "sparsevec"]);
/** Bytes: longer ones are compared slowly, and some of them will be too long. */
const WIDEST_KEY = 256;

const comparing = new Set(["<", "<=", ">", ">="]);

/** Several kinds of index ask the same of one wish. */
const read = new WeakMap<Wish, TreeWish>();

export function treeWish(wish: Wish, facts: Facts): TreeWish {
  const known = read.get(wish) ?? treeWishWithout(new Set(), wish, facts);
  read.set(wish, known);
  return known;
}

/** `settled`: texts of keys that a predicate decides already. */
export function treeWishWithout(settled: ReadonlySet<string>, wish: Wish, facts: Facts): TreeWish {
  const isKey = (key: Key) => !settled.has(key.text) && isNarrow(wish.table, key, facts);
  const asKeys = (columns: readonly string[]) => columns.map(ascending).filter(isKey);
  const own = wish.conditions.filter(({ key, alternative }) => key.column === undefined && !alternative);
  const expressions = (isMeant: (condition: Condition) => boolean) => unique(own.filter(isMeant).map(({ key }) => key)).filter(isKey);
  const isKnown = ({ operator, value }: Condition) => operator === "=" && (value === "constant" || value === "parameter");
  const tests = new Set(wish.conditions.filter(({ value }) => value === "none").map(({ key }) => key.text));
  const lists = asKeys(wish.lists);
  const isListed = (key: Key) => lists.some(({ text }) => text === key.text);
  const all = [...asKeys(wish.equal), ...expressions(isKnown)].filter((key) => !isListed(key));
  const firm = all.filter(({ text }) => !tests.has(text));
  const values = ({ column }: Key) => (column === undefined ? undefined : facts.column(wish.table, column)?.seen?.distinct) ?? 0;
  const patterns = wish.conditions.filter(({ operator, constant = "" }) => operator === "~~" && !/^[%_]/.test(constant));
  const isRange = (key: Key) => wish.conditions.some((condition) => condition.key.text === key.text && comparing.has(condition.operator));
  return {
    equal: [...firm, ...all.filter(({ text }) => tests.has(text))],
    firm,
    best: [...firm].sort((one, other) => values(other) - values(one)).slice(0, 1),
    lists,
    ranges: unique([
      ...asKeys(wish.ranges).filter((key) => isRange(key) || patterns.some((pattern) => pattern.key.text === key.text)),
      ...expressions(({ operator }) => comparing.has(operator)),
    ]),
    joins: [
      ...wish.joins.map(asKeys),
      ...expressions(({ operator, value }) => operator === "=" && value === "relation").map((key) => [key]),
    ].filter((keys) => keys.length > 0),
    orders: wish.orders.map((order) => whileKeys(order, isKey, settled)).filter((order) => order.length > 0),
    alternatives: unique(wish.conditions.filter((condition) => condition.alternative && isKnown(condition)).map(({ key }) => key)).filter(
      isKey,
    ),
  };
}

/** What equals one value gives no order, and behind what is no key the order ends. */
function whileKeys(order: readonly Key[], isKey: (key: Key) => boolean, settled: ReadonlySet<string>): readonly Key[] {
  const open = order.filter(({ text }) => !settled.has(text));
  const end = open.findIndex((key) => !isKey(key));
  return end < 0 ? open : open.slice(0, end);
}

function isNarrow(table: Table, { column }: Pick<Key, "column">, facts: Facts): boolean {
  const fact = column === undefined ? undefined : facts.column(table, column);
  return !fact || (!large.has(fact.type) && fact.element === undefined && (fact.seen?.width ?? 0) <= WIDEST_KEY);
}

/** Where nothing is looked up: the first column that a B-tree can hold. */
export const anyKey = (columns: readonly string[], table: Table, facts: Facts): readonly Key[] =>
  columns
    .filter((column) => isNarrow(table, { column }, facts))
    .slice(0, 1)
    .map(ascending);

const unique = (keys: readonly Key[]): readonly Key[] => [...new Map(keys.map((key) => [key.text, key])).values()];

const listed = new WeakMap<TreeWish, readonly (readonly Key[])[]>();

/** Keys of B-trees that serve the wish in part or in whole: equality first, then one range or the order (https://www.postgresql.org/docs/current/indexes-multicolumn.html). */
export function keyLists(wish: TreeWish): readonly (readonly Key[])[] {
  const known = listed.get(wish) ?? distinct([...allLists(wish)]);
  listed.set(wish, known);
  return known;
}

const distinct = (lists: readonly (readonly Key[])[]): readonly (readonly Key[])[] => [
  ...new Map(lists.filter((keys) => keys.length > 0).map((keys) => [keysSql(keys), keys])).values(),
];

function* allLists(wish: TreeWish): Generator<readonly Key[]> {
  const { equal, firm, best, lists } = wish;
  for (const lead of [[], equal, firm, best]) yield* continued(lead, wish);
  yield* pairs([...equal, ...lists]);
  yield* joined(wish);
  for (const key of wish.alternatives) {
    yield [key];
    if (firm.length > 0) yield cut([key, ...firm]);
  }
}

function* joined({ equal, firm, ranges, orders, joins }: TreeWish): Generator<readonly Key[]> {
  for (const join of joins) {
    for (const key of join) yield [key];
    for (const lead of [join, [...join, ...firm], [...firm, ...join], [...equal, ...join]]) {
      yield cut(lead);
      if (ranges[0]) yield cut([...lead, ranges[0]]);
      if (orders[0]) yield ordered(lead, orders[0]);
    }
  }
}

function* continued(lead: readonly Key[], { lists, ranges, orders }: TreeWish): Generator<readonly Key[]> {
  if (lead.length > 0) yield cut(lead);
  if (lists.length > 0) yield cut([...lead, ...lists]);
  for (const range of ranges) {
    yield [...lead.slice(0, MOST_KEYS - 1), range];
    if (lists.length > 0) yield cut([...lead, ...lists, range]);
  }
  for (const order of orders) {
    yield ordered(lead, order);
    // What is behind the order is tested on the entries, before any row is read.
    const behind = [...lists, ...ranges][0];
    if (behind) yield cut([...ordered(lead, order), behind]);
  }
}

/** The few that serve most of the wish at once. */
export function fullLists({ equal, firm, lists, ranges, orders, joins }: TreeWish): readonly (readonly Key[])[] {
  const known = [...equal, ...lists];
  const found = [
    ...orders.slice(0, 2).map((order) => ordered(firm, order)),
    ...ranges.slice(0, 2).map((range) => [...known, range]),
    ...joins.slice(0, 2).map((join) => [...join, ...known]),
    ...(ranges.length + joins.length === 0 ? [known] : []),
  ];
  return distinct(found.map(cut));
}

const ordered = (lead: readonly Key[], order: readonly Key[]): readonly Key[] =>
  cut([...lead, ...forward(order.filter(({ text }) => lead.every((key) => key.text !== text)))]);

const cut = (keys: readonly Key[]): readonly Key[] => unique(keys).slice(0, MOST_KEYS);

/** Each alone, and each two. */
function* pairs(keys: readonly Key[]): Generator<readonly Key[]> {
  for (const [position, key] of keys.entries()) {
    yield [key];
    for (const other of keys.slice(position + 1)) yield [key, other];
  }
}
