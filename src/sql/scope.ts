import type { ColumnRef, Node, ResTarget } from "@pgsql/types";
import type { ColumnShape, Item, Level, TableShape } from "./level.ts";
import { namesIn } from "./relations.ts";
import { walkExpression } from "./walk.ts";

/** A column as an expression names it. */
export interface Use<Table extends TableShape> {
  readonly name: string;
  readonly item: Item<Table>;
  /** The level that the item belongs to: an outer one, in a correlated subquery. */
  readonly level: Level<Table>;
  /** Undefined where nobody knows the table, or where the item is a subquery. */
  readonly table: Table | undefined;
  readonly column: Table["columns"][number] | undefined;
}

/** What a ColumnRef means at this level, by Postgres's rules; undefined where that cannot be known. */
export function resolve<Table extends TableShape>({ fields = [] }: ColumnRef, level: Level<Table>): Use<Table> | undefined {
  const names = namesIn(fields);
  const name = names.at(-1);
  if (name === undefined || names.length < fields.length) return;
  return names.length === 1 ? bare(name, level) : qualified(name, names.at(-2) ?? "", names.at(-3), level);
}

function qualified<Table extends TableShape>(
  name: string,
  of: string,
  schema: string | undefined,
  level: Level<Table>,
): Use<Table> | undefined {
  for (let at: Level<Table> | undefined = level; at; at = at.outer) {
    const item = at.items.find((candidate) => candidate.name === of && (schema === undefined || schemaOf(candidate) === schema));
    if (item) return useOf(name, item, at);
  }
  return undefined;
}

const schemaOf = ({ table, relation }: Item<TableShape>) => table?.schema ?? relation?.schema;

function bare<Table extends TableShape>(name: string, level: Level<Table>): Use<Table> | undefined {
  const known = level.items.filter((item) => columnsOf(item)?.includes(name));
  const unknown = level.items.filter((item) => columnsOf(item) === undefined);
  const [first] = known;
  if (first && (known.length === 1 || isMerged(name, level))) return useOf(name, first, level);
  if (known.length > 1 || unknown.length > 1) return undefined;
  const outer = level.outer && bare(name, level.outer);
  const [only] = unknown;
  if (!only) return outer;
  return level.outer && (outer || !isClosed(level.outer)) ? undefined : useOf(name, only, level);
}

/** USING and NATURAL make one column of two; only FULL JOIN makes it another than the first. */
const isMerged = (name: string, { joins }: Level<TableShape>) =>
  joins.some(({ kind, using, natural }) => kind !== "full" && (natural || using.includes(name)));

/** Whether every name that can be seen from here is known. */
const isClosed = (level: Level<TableShape>): boolean =>
  level.items.every((item) => columnsOf(item) !== undefined) && (level.outer === undefined || isClosed(level.outer));

function useOf<Table extends TableShape>(name: string, item: Item<Table>, level: Level<Table>): Use<Table> {
  const position = item.renamed.indexOf(name);
  const columns: readonly ColumnShape[] = item.table?.columns ?? [];
  const column = position >= 0 ? columns[position] : columns.find((candidate) => candidate.name === name);
  return { name: column?.name ?? name, item, level, table: item.table, column };
}

/** The names of an item's columns, or undefined where they cannot be known. */
export function columnsOf(item: Item<TableShape>): readonly string[] | undefined {
  const own = item.table?.columns.map(({ name }) => name) ?? (item.body && outputsOf(item.body)?.map(({ name }) => name));
  if (own) return own.map((name, position) => item.renamed[position] ?? name);
  return item.kind === "function" && item.renamed.length > 0 ? item.renamed : undefined;
}

/** One column of a query's result, and what it is computed from. */
export interface Output<Table extends TableShape> {
  readonly name: string;
  readonly from: { readonly node: Node; readonly level: Level<Table> } | Use<Table>;
}

/** Queries whose columns are being listed: a recursive one asks for itself. */
const listing = new Set<Level<TableShape>>();

/** The columns of a query, of a UNION those of its first branch; undefined where a star cannot be spelled out. */
export function outputsOf<Table extends TableShape>(level: Level<Table>): readonly Output<Table>[] | undefined {
  if (listing.has(level)) return undefined;
  listing.add(level);
  try {
    const [branch] = level.branches;
    if (branch) return outputsOf(branch);
    const values = level.select?.valuesLists?.[0];
    if (values) return valuesOf(values, level);
    const outputs = level.targets.map((target) => outputsOfTarget(target, level));
    return outputs.includes(undefined) ? undefined : outputs.flatMap((output) => output ?? []);
  } finally {
    listing.delete(level);
  }
}

const valuesOf = <Table extends TableShape>(row: Node, level: Level<Table>): readonly Output<Table>[] =>
  "List" in row ? (row.List.items ?? []).map((node, position) => ({ name: `column${position + 1}`, from: { node, level } })) : [];

function outputsOfTarget<Table extends TableShape>({ name, val }: ResTarget, level: Level<Table>): readonly Output<Table>[] | undefined {
  if (!val) return [];
  if ("ColumnRef" in val && (val.ColumnRef.fields ?? []).some((field) => "A_Star" in field))
    return starOf(namesIn(val.ColumnRef.fields).at(-1), level);
  return [{ name: name ?? nameOfColumn(val), from: { node: val, level } }];
}

function starOf<Table extends TableShape>(of: string | undefined, level: Level<Table>): readonly Output<Table>[] | undefined {
  if (of === undefined && level.joins.some(({ natural, using }) => natural || using.length > 0)) return undefined;
  const items = of === undefined ? level.items : level.items.filter(({ name }) => name === of);
  const columns = items.map((item) => columnsOf(item)?.map((name) => ({ name, from: useOf(name, item, level) })));
  return items.length === 0 || columns.includes(undefined) ? undefined : columns.flatMap((list) => list ?? []);
}

/** As Postgres names a column that has no AS; good enough for those that people then refer to. */
function nameOfColumn(node: Node): string {
  if ("ColumnRef" in node) return namesIn(node.ColumnRef.fields).at(-1) ?? "?column?";
  if ("FuncCall" in node) return namesIn(node.FuncCall.funcname).at(-1) ?? "?column?";
  if ("TypeCast" in node && node.TypeCast.arg) return nameOfCast(nameOfColumn(node.TypeCast.arg), node.TypeCast.typeName?.names);
  if ("CoalesceExpr" in node) return "coalesce";
  if ("CaseExpr" in node) return "case";
  if ("SubLink" in node) return node.SubLink.subLinkType === "EXISTS_SUBLINK" ? "exists" : "?column?";
  return "?column?";
}

const nameOfCast = (inner: string, type: readonly Node[] | undefined) => (inner === "?column?" ? (namesIn(type).at(-1) ?? inner) : inner);

/** The level of a subquery in an expression. */
export type LevelOf<Table extends TableShape> = (subselect: Node | undefined) => Level<Table> | undefined;

/**
 * The items of this level that an expression depends on, also through correlated subqueries in it;
 * undefined where one of its columns cannot be placed.
 */
export function itemsIn<Table extends TableShape>(
  expression: unknown,
  level: Level<Table>,
  levelOf: LevelOf<Table>,
): ReadonlySet<Item<Table>> | undefined {
  const uses = usesIn(expression, level, levelOf);
  return uses.includes(undefined) ? undefined : new Set(uses.flatMap((use) => (use?.level === level ? [use.item] : [])));
}

function usesIn<Table extends TableShape>(
  expression: unknown,
  level: Level<Table>,
  levelOf: LevelOf<Table>,
): readonly (Use<Table> | undefined)[] {
  return [...walkExpression(expression)].flatMap(({ kind, node }) => {
    if (kind === "ColumnRef") return isStar(node) ? [] : [resolve(node, level)];
    const below = kind === "SubLink" ? levelOf(node.subselect) : undefined;
    return below ? usesBelow(below, levelOf) : [];
  });
}

const usesBelow = <Table extends TableShape>(level: Level<Table>, levelOf: LevelOf<Table>): readonly (Use<Table> | undefined)[] => [
  ...usesIn(level.expressions, level, levelOf),
  ...level.branches.flatMap((branch) => usesBelow(branch, levelOf)),
  ...level.items.flatMap(({ body, kind }) => (body && kind === "subquery" ? usesBelow(body, levelOf) : [])),
];

const isStar = ({ fields = [] }: ColumnRef) => fields.some((field) => "A_Star" in field);
