import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import { columnNode } from "../sql/follows.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { isDistinct, openItems } from "../sql/unique.ts";
import { callsAny } from "./keys.ts";
import { rewritten, whereWith, wordsOf } from "./parts.ts";
import { type Calls, type Draft, pattern } from "./rewrite.ts";

/** A join that only asks whether there is a partner repeats each row for every one, and DISTINCT takes them away again. */
export default pattern({
  name: "DISTINCT over a join to EXISTS",

  *drafts(query, calls) {
    for (const level of query.levels) {
      const isPlain = isDistinct(level) && isOfRows(level, calls) && isInnerJoin(level);
      const draft = isPlain ? draftOf(level, query) : undefined;
      if (draft) yield draft;
    }
  },
});

/** Whether DISTINCT looks at the rows of FROM themselves: a sum or a row number says how many they were. */
const isOfRows = ({ kind, select, group, targets }: Level<Table>, { aggregates, setReturning }: Calls) =>
  kind === "select" &&
  group.length === 0 &&
  !select?.havingClause &&
  !select?.windowClause &&
  !targets.some(({ val }) => callsAny(val, (name) => aggregates.has(name) || setReturning.has(name)));

const isInnerJoin = ({ items, joins }: Level<Table>) =>
  items.length > 1 &&
  items.every(({ lateral, kind: what }) => !lateral && what !== "function") &&
  joins.every((join) => (join.kind === "inner" || join.kind === "cross") && join.using.length === 0 && !join.natural);

function draftOf(level: Level<Table>, query: Query<Table>): Draft | undefined {
  const clauses = clausesOf(level, query.statement);
  const kept = itemsOf(
    level.targets.map(({ val }) => val),
    level,
    query,
  );
  const others = level.items.filter((item) => !kept?.has(item));
  if (!clauses || !kept || kept.size === 0 || others.length === 0) return undefined;
  const conditions = [...level.where, ...level.joins.flatMap(({ on }) => on)].map((node) => ({
    words: wordsOf(node, query),
    items: query.itemsIn(node, level),
  }));
  const from = (items: readonly Item<Table>[]) => items.map(({ node }) => wordsOf(node, query));
  const [outside, inside] = [from([...kept]), from(others)];
  if ([...outside, ...inside].includes(undefined) || conditions.some(({ words, items }) => !words || !items)) return undefined;
  const isOutside = ({ items }: { readonly items: ReadonlySet<Item<Table>> | undefined }) =>
    [...(items ?? [])].every((item) => kept.has(item));
  const wordsAll = (all: typeof conditions) => all.map(({ words }) => `(${words})`);
  const exists = `exists (select 1 from ${inside.join(", ")}${whereWith(undefined, wordsAll(conditions.filter((each) => !isOutside(each))))})`;
  const source = query.statement.source;
  const targets = source.slice(clauses.targets.start, clauses.targets.end).replace(/^distinct\s*/i, "");
  const distinct = isKeyed(level, kept, query) ? "" : "distinct ";
  const where = whereWith(undefined, [...wordsAll(conditions.filter(isOutside)), exists]);
  const tail = clauses.end ? ` ${source.slice(clauses.end.start, clauses.end.end)}` : "";
  return { sql: rewritten(query, [{ ...clauses.whole, by: `select ${distinct}${targets} from ${outside.join(", ")}${where}${tail}` }]) };
}

function itemsOf(nodes: readonly (Node | undefined)[], level: Level<Table>, query: Query<Table>): ReadonlySet<Item<Table>> | undefined {
  const found = new Set<Item<Table>>();
  for (const node of nodes) {
    const star = node && "ColumnRef" in node ? starOf(node, level) : undefined;
    const items = star ? new Set([star]) : query.itemsIn(node, level);
    if (!items || (node && "ColumnRef" in node && items.size === 0)) return undefined;
    for (const item of items) found.add(item);
  }
  return found;
}

/** The item of `p.*`; a bare star is of all of them. */
function starOf({ ColumnRef: { fields = [] } }: Extract<Node, { ColumnRef: unknown }>, { items }: Level<Table>): Item<Table> | undefined {
  const [first, last] = fields;
  return first && "String" in first && last && "A_Star" in last ? items.find(({ name }) => name === first.String.sval) : undefined;
}

/** Whether the targets tell the rows of what is kept apart, so that none is a double. */
function isKeyed(level: Level<Table>, kept: ReadonlySet<Item<Table>>, query: Query<Table>): boolean {
  const nodes = level.targets.flatMap(({ val }) => {
    const star = val && "ColumnRef" in val ? starOf(val, level) : undefined;
    return star?.table ? star.table.columns.map(({ name }) => columnNode(star, name)) : (val ?? []);
  });
  return !openItems(nodes, level, query).some((item) => kept.has(item));
}
