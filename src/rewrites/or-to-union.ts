import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { type Clauses, clausesOf } from "../sql/clauses.ts";
import { replaceAll } from "../sql/expression.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { walkExpression } from "../sql/walk.ts";
import { decidingKey, isRowByRow, keysOf, orderOfOutputs } from "./keys.ts";
import { type Calls, type Draft, pattern } from "./rewrite.ts";

/** More branches than that read their tables too often. */
const MOST_ARMS = 6;

/** An OR that WHERE demands, with what it joins. */
interface Choice {
  readonly query: Query<Table>;
  readonly level: Level<Table>;
  readonly clauses: Clauses & { readonly from: Stretch; readonly where: Stretch };
  readonly place: Stretch;
  readonly arms: readonly Arm[];
}

interface Arm {
  readonly node: Node;
  readonly text: string;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** An index serves each side of an OR, and rarely the OR itself. */
export default pattern({
  name: "OR to UNION",

  *drafts(query, calls) {
    for (const choice of choicesIn(query)) {
      const all = allOf(choice, calls);
      const drafts = [...branches(choice, calls), ...limitedKeys(choice, calls), ...keysOfOne(choice), ...keysOfAll(choice)];
      for (const draft of drafts) yield { ...draft, all };
    }
  },
});

const choicesIn = (query: Query<Table>): readonly Choice[] =>
  query.levels.flatMap((level) =>
    level.kind === "select" ? level.where.flatMap((condition) => choiceIn(condition, level, query) ?? []) : [],
  );

function choiceIn(condition: Node, level: Level<Table>, query: Query<Table>): Choice | undefined {
  if (!("BoolExpr" in condition) || condition.BoolExpr.boolop !== "OR_EXPR") return undefined;
  const { args = [] } = condition.BoolExpr;
  if (args.length > MOST_ARMS || !mayNeedTwo(args, level, query)) return undefined;
  const clauses = clausesOf(level, query.statement);
  const place = query.spanOf(condition);
  const arms = args.flatMap((node) => armOf(node, query) ?? []);
  if (!clauses?.from || !clauses.where || !place || arms.length < args.length) return undefined;
  // What is simple is left out of the later branches, and not what reads another table.
  const ordered = arms.sort((one, other) => Number(asks(one.node)) - Number(asks(other.node)));
  return { query, level, clauses: { ...clauses, from: clauses.from, where: clauses.where }, place, arms: ordered };
}

function armOf(node: Node, query: Query<Table>): Arm | undefined {
  const span = query.spanOf(node);
  return span && { node, text: query.textOf(span) };
}

const asks = (node: Node) => [...walkExpression(node)].some(({ kind }) => kind === "SubLink");

/** One column compared with several values is one look into one index. */
function mayNeedTwo(arms: readonly Node[], level: Level<Table>, query: Query<Table>): boolean {
  if (arms.some(asks)) return true;
  const columns = new Set<string>();
  for (const { kind, node } of arms.flatMap((arm) => [...walkExpression(arm)])) {
    const use = kind === "ColumnRef" ? query.columnOf(node, level) : undefined;
    if (use) columns.add(`${use.level.items.indexOf(use.item)} ${use.name}`);
  }
  return columns.size > 1;
}

/** The WHERE of a branch: one arm, without the rows that earlier branches gave. */
function whereOf({ query, clauses: { where }, place, arms }: Choice, position: number): string {
  const [arm, earlier] = [arms[position]?.text ?? "", arms.slice(0, position)];
  const kept = earlier.length === 0 ? arm : [`(${arm})`, ...earlier.map(({ text }) => `(${text}) is not true`)].join(" and ");
  return replaceAll(query.statement.source, where, [{ ...place, by: kept }]);
}

/** The same, with the rows of earlier branches too. */
const whereAlone = ({ query, clauses: { where }, place }: Choice, { text }: Arm) =>
  replaceAll(query.statement.source, where, [{ ...place, by: text }]);

const isSimple = ({ level }: Choice, calls: Calls) => level.place === "top" && isRowByRow(level, calls);

/** Each branch gives rows that no earlier one gave, so nothing needs a key, and doubles stay. */
function* branches(choice: Choice, calls: Calls): Generator<Draft> {
  const { query, level, clauses } = choice;
  const order = orderOfOutputs(level, query);
  if (!isSimple(choice, calls) || !order) return;
  const { source } = query.statement;
  const end = endOf(choice);
  const made = selectsOf(choice).map((select) => (end === undefined ? select : `(${select} ${end})`));
  const tail = [
    order.length > 0 ? `order by ${order.join(", ")}` : "",
    clauses.tail ? source.slice(clauses.tail.start, clauses.tail.end) : "",
  ];
  const by = [made.join("\nunion all\n"), tail.filter(Boolean).join(" ")].filter(Boolean).join("\n");
  yield { sql: replaceAll(source, query.statement, [{ ...clauses.whole, by }]) };
}

function selectsOf(choice: Choice): readonly string[] {
  const { query, clauses, arms } = choice;
  const text = ({ start, end }: Stretch) => query.statement.source.slice(start, end);
  return arms.map((_, position) => `select ${text(clauses.targets)} from ${text(clauses.from)} where ${whereOf(choice, position)}`);
}

/** All rows that LIMIT takes some of. */
function allOf(choice: Choice, calls: Calls): string | undefined {
  const { query, clauses } = choice;
  if (endOf(choice) === undefined || !isSimple(choice, calls)) return undefined;
  const by = selectsOf(choice).join("\nunion all\n");
  return replaceAll(query.statement.source, query.statement, [{ ...clauses.whole, by }]);
}

/** ORDER BY and LIMIT of a branch: as many rows as the whole skips and takes. Undefined where nobody limits, or by what only the caller knows. */
function endOf({ query: { statement }, level, clauses: { order } }: Choice): string | undefined {
  const [limit, offset] = [countOf(level.limit), level.offset ? countOf(level.offset) : 0];
  if (!order || limit === undefined || offset === undefined) return undefined;
  return `order by ${statement.source.slice(order.start, order.end)} limit ${limit + offset}`;
}

const countOf = (node: Node | undefined) =>
  node && "A_Const" in node && node.A_Const.ival && !node.A_Const.isnull ? (node.A_Const.ival.ival ?? 0) : undefined;

/** Only the keys of the rows that ORDER BY and LIMIT may take are looked for; the statement stays as it is around them. */
function* limitedKeys(choice: Choice, calls: Calls): Generator<Draft> {
  const { level, clauses, arms } = choice;
  const end = endOf(choice);
  const [item, another] = level.items;
  const key = item && keyOf(item);
  if (end === undefined || !item || !key || another || !isSimple(choice, calls)) return;
  const { source } = choice.query.statement;
  const from = source.slice(clauses.from.start, clauses.from.end);
  const selects = arms.map((arm) => `(select ${listOf(item, key)} from ${from} where ${whereAlone(choice, arm)} ${end})`);
  yield written(choice, { item, key, selects });
}

/** Where all arms are about one table, nothing else is read to find its rows. */
function* keysOfOne(choice: Choice): Generator<Draft> {
  const { query, level, arms } = choice;
  const items = arms.map(({ node }) => query.itemsIn(node, level));
  const [item] = items[0] ?? [];
  const span = item && query.spanOf(item.node);
  const key = item && keyOf(item);
  if (!item || !span || !key || !items.every((each) => each?.size === 1 && each.has(item))) return;
  const selects = arms.map(({ text }) => `select ${listOf(item, key)} from ${query.textOf(span)} where ${text}`);
  yield written(choice, { item, key, selects });
}

/** Arms about several tables: the key of one says which row of all of them it is. */
function* keysOfAll(choice: Choice): Generator<Draft> {
  const { query, level, clauses, arms } = choice;
  const found = level.items.length > 1 ? decidingKey(level, query) : undefined;
  if (!found) return;
  const { source } = query.statement;
  const from = source.slice(clauses.from.start, clauses.from.end);
  const selects = arms.map((arm) => `select ${listOf(found.item, found.key)} from ${from} where ${whereAlone(choice, arm)}`);
  yield written(choice, { ...found, selects });
}

interface Found {
  readonly item: Item<Table>;
  readonly key: readonly string[];
  readonly selects: readonly string[];
}

function written({ query: { statement }, place }: Choice, { item, key, selects }: Found): Draft {
  const list = listOf(item, key);
  const row = key.length === 1 ? list : `(${list})`;
  return { sql: replaceAll(statement.source, statement, [{ ...place, by: `${row} in (${selects.join(" union ")})` }]) };
}

const listOf = ({ name }: Item<Table>, key: readonly string[]) => key.map((column) => `${quote(name)}.${quote(column)}`).join(", ");

const keyOf = ({ table, nullable, renamed }: Item<Table>) => (table && !nullable && renamed.length === 0 ? keysOf(table)[0] : undefined);
