import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { type Clauses, clausesOf } from "../sql/clauses.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { type Output, outputsOf, resolve } from "../sql/scope.ts";
import { isTotallyOrdered, sortedBy } from "../sql/unique.ts";
import { isRowByRow } from "./keys.ts";
import { type Edit, isNeverNull, rewritten, type Stretch, wordsOf } from "./parts.ts";
import { type Calls, pattern, type Stand } from "./rewrite.ts";

/** OFFSET reads all rows that it leaves out. Where the order leaves nothing open, the last row of the page before says where the next one starts. */
export default pattern({
  name: "OFFSET to keyset",

  *drafts(query, calls) {
    const [level] = query.levels;
    const page = level && pageOf(level, query, calls);
    if (!page) return;
    const numbers = numbersOf(page);
    const sends = page.keys.map(({ column }, at) => ({ number: numbers[at] ?? 0, what: `last ${column}` }));
    const condition = afterKey(
      page.keys,
      numbers.map((number) => `$${number}`),
    );
    yield { sql: written(page, condition), contract: contractOf(page), sends, compared: standOf(page) };
  },
});

interface Page {
  readonly query: Query<Table>;
  readonly level: Level<Table>;
  readonly clauses: Clauses & { readonly from: Stretch; readonly order: Stretch };
  readonly keys: readonly Key[];
  readonly limit: Count | undefined;
  readonly offset: Count;
}

interface Key {
  readonly words: string;
  readonly item: Item<Table>;
  readonly column: string;
  readonly isDescending: boolean;
}

/** A constant or a parameter of LIMIT or OFFSET. */
interface Count extends Stretch {
  readonly node: Node;
}

/** A nullable key is refused: NULL is neither before nor behind a value. */
function pageOf(level: Level<Table>, query: Query<Table>, calls: Calls): Page | undefined {
  const clauses = clausesOf(level, query.statement);
  const offset = level.offset && numberIn(level.offset, query);
  const limit = level.limit && numberIn(level.limit, query);
  const isPlain = level.place === "top" && isRowByRow(level, calls);
  if (!isPlain || !clauses?.from || !clauses.order || !offset || (level.limit && !limit) || !isTotallyOrdered(level, query))
    return undefined;
  const nodes = sortedBy(level);
  const keys = nodes.map((node, at) => keyOf(node, level.order[at], level, query));
  if (isNothing(offset.node) || nodes.length < level.order.length || keys.includes(undefined)) return undefined;
  const { from, order } = clauses;
  return { query, level, clauses: { ...clauses, from, order }, keys: keys.flatMap((key) => key ?? []), limit, offset };
}

function numberIn(node: Node, query: Query<Table>): Count | undefined {
  const span = query.spanOf(node);
  const isNumber = "ParamRef" in node || ("A_Const" in node && node.A_Const.ival !== undefined);
  return span && isNumber ? { start: span.start, end: span.end, node } : undefined;
}

const isNothing = (node: Node) => "A_Const" in node && (node.A_Const.ival?.ival ?? 0) === 0;

function keyOf(node: Node, sort: Node | undefined, level: Level<Table>, query: Query<Table>): Key | undefined {
  const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
  const words = wordsOf(node, query);
  const sortBy = sort && "SortBy" in sort ? sort.SortBy : undefined;
  if (use?.level !== level || words === undefined || !sortBy || sortBy.sortby_dir === "SORTBY_USING") return undefined;
  if (!use.column || !isNeverNull(node, level, query)) return undefined;
  return { words, item: use.item, column: use.name, isDescending: sortBy.sortby_dir === "SORTBY_DESC" };
}

/** `(a, b) > ($1, $2)`; where the directions differ, the same spelt out. */
function afterKey(keys: readonly Key[], values: readonly string[]): string {
  const [first] = keys;
  const [columns, bounds] = [keys.map(({ words }) => words).join(", "), values.join(", ")];
  const operator = first?.isDescending ? "<" : ">";
  if (keys.length === 1) return `${columns} ${operator} ${bounds}`;
  if (keys.every(({ isDescending }) => isDescending === first?.isDescending)) return `(${columns}) ${operator} (${bounds})`;
  const arms = keys.map(({ words, isDescending }, at) => {
    const equal = keys.slice(0, at).map((key, place) => `${key.words} = ${values[place]}`);
    return [...equal, `${words} ${isDescending ? "<" : ">"} ${values[at]}`].join(" and ");
  });
  // The first column alone is what an index can start from.
  return `${first?.words} ${operator}= ${values[0]} and (${arms.map((arm) => `(${arm})`).join(" or ")})`;
}

/** The statement with a condition more, and without OFFSET. */
function written({ query, clauses, offset }: Page, condition: string, limit?: Edit): string {
  const { from, where } = clauses;
  const more: readonly Edit[] = where
    ? [
        { start: where.start, end: where.start, by: "(" },
        { start: where.end, end: where.end, by: `) and ${condition}` },
      ]
    : [{ start: from.end, end: from.end, by: ` where ${condition}` }];
  return rewritten(query, [...more, { ...offsetClause(offset, query), by: "" }, ...(limit ? [limit] : [])]);
}

/** OFFSET with its number and ROWS, and the blanks before. */
function offsetClause({ start, end }: Count, { statement: { source } }: Query<Table>): Stretch {
  const before = /\s*\boffset\s*\(*\s*$/i.exec(source.slice(0, start));
  const [after = ""] = /^(?:\s*\))*(?:\s*rows?\b)?/i.exec(source.slice(end)) ?? [];
  return { start: before?.index ?? start, end: end + (before ? after.length : 0) };
}

/** The number that OFFSET has no more is that of the first key. */
function numbersOf({ query: { statement }, keys, offset: { node } }: Page): readonly number[] {
  const used = placeholdersOf(statement);
  const all = statement.text.match(/\$\d+/g) ?? [];
  const own =
    "ParamRef" in node && all.filter((each) => each === `$${node.ParamRef.number}`).length === 1 ? node.ParamRef.number : undefined;
  const last = Math.max(0, ...used);
  const fresh = keys.map((_, at) => last + at + 1);
  return own === undefined ? fresh : [own, ...fresh].slice(0, keys.length);
}

function contractOf({ keys, level }: Page): string {
  const outputs = outputsOf(level) ?? [];
  const sent = keys.map(({ column }) => column).join(" and ");
  const isReturned = ({ item, column }: Key) => outputs.some(({ from }) => isColumn(from, item, column, level));
  const missing = keys.filter((key) => !isReturned(key)).map(({ words }) => words);
  const returned = missing.length > 0 ? `, which has to be returned too: ${missing.join(", ")}` : "";
  const fine = [...new Set(keys.filter(({ item, column }) => isFine(item, column)).map(({ column }) => column))].join(" and ");
  const digits = fine === "" ? "" : ` A moment that is cut to milliseconds skips or repeats rows: ${fine} goes as Postgres printed it.`;
  return `The client sends ${sent} of the last row of the page before in place of an offset${returned}.${digits} The first page goes without that condition.`;
}

/** Moments of JavaScript and of others have fewer digits. */
const isFine = ({ table }: Item<Table>, column: string) =>
  table?.columns.some(({ name, type }) => name === column && /^time(?:stamp)?(?:\((?:[4-6])\))? /.test(type)) ?? false;

function isColumn(from: Source, item: Item<Table>, column: string, level: Level<Table>): boolean {
  const use = "node" in from ? ("ColumnRef" in from.node ? resolve(from.node.ColumnRef, level) : undefined) : from;
  return use?.item === item && use.name === column;
}

type Source = Output<Table>["from"];

/** Pages that a few rows have: how many rows are skipped and taken is asked for by numbers of one digit, and the last key is looked up. */
function standOf(page: Page): Stand {
  const { query, clauses, keys, limit, offset } = page;
  const last = Math.max(0, ...placeholdersOf(query.statement));
  const parameters: (readonly string[])[] = [];
  const small = (number: Count): Edit => {
    parameters.push(["1", "2", "3", "4", "5"]);
    return { start: number.start, end: number.end, by: `$${last + parameters.length}` };
  };
  // What is skipped is at least one row: the first page is asked for otherwise.
  const isOwn = "ParamRef" in offset.node;
  const offsetBy = isOwn
    ? { ...offset, by: `greatest(${query.statement.source.slice(offset.start, offset.end)}::int8, 1)` }
    : small(offset);
  const limitBy = limit && !("ParamRef" in limit.node) ? small(limit) : undefined;
  const edits = [offsetBy, limitBy].flatMap((edit) => edit ?? []);
  const { source } = query.statement;
  const text = ({ start, end }: Stretch) => source.slice(start, end);
  const where = clauses.where ? ` where ${text(clauses.where)}` : "";
  const order = keys.map(({ words, isDescending }) => `${words}${isDescending ? " desc" : ""}`).join(", ");
  const rows = `from ${text(clauses.from)}${where} order by ${order} limit 1 offset ${offsetBy.by}::int8 - 1`;
  const values = keys.map(({ words }) => `(select ${words} ${rows})`);
  return { original: rewritten(query, edits), sql: written(page, afterKey(keys, values), limitBy), parameters };
}
