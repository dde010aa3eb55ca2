import type { JoinExpr, Node, RangeVar, SelectStmt } from "@pgsql/types";
import { conjunctsOf, type Item, type Join, type Level, type Place, type TableShape } from "./level.ts";
import { namesIn, type RelationRef, relationRef } from "./relations.ts";

/** A level while it is read: items, joins and branches are still added to it. */
export interface Open<Table extends TableShape> extends Level<Table> {
  readonly items: OpenItem<Table>[];
  readonly joins: Join<Table>[];
  branches: readonly Level<Table>[];
  expressions: readonly Node[];
}

interface OpenItem<Table extends TableShape> extends Item<Table> {
  nullable: boolean;
}

/** A WITH query. A recursive one is named in its own text, before its level is there. */
export interface Cte<Table extends TableShape> {
  level: Level<Table> | undefined;
  readonly columns: readonly string[];
}

/** What one reading of a statement shares. */
export interface Reading<Table extends TableShape> {
  readonly source: string;
  readonly levels: Level<Table>[];
  readonly bySelect: Map<SelectStmt, Level<Table>>;
  find(relation: RelationRef): Table | undefined;
  readStatement(node: Node, here: Here<Table>): Level<Table> | undefined;
}

/** Where in the statement the reader is. */
export interface Here<Table extends TableShape> {
  readonly reading: Reading<Table>;
  readonly place: Place;
  readonly outer: Level<Table> | undefined;
  readonly ctes: ReadonlyMap<string, Cte<Table>>;
}

/** Adds the items of one entry of FROM to the level and returns them. */
export function readFrom<Table extends TableShape>(node: Node, level: Open<Table>, here: Here<Table>): readonly OpenItem<Table>[] {
  if ("JoinExpr" in node) return readJoin(node.JoinExpr, level, here);
  if ("RangeTableSample" in node && node.RangeTableSample.relation) return readFrom(node.RangeTableSample.relation, level, here);
  const item = "RangeVar" in node ? relationItem(node.RangeVar, false, here) : derivedItem(node, level, here);
  level.items.push(item);
  return [item];
}

const outerJoins: Readonly<Record<string, "left" | "right" | "full">> = { JOIN_LEFT: "left", JOIN_RIGHT: "right", JOIN_FULL: "full" };

function readJoin<Table extends TableShape>(join: JoinExpr, level: Open<Table>, here: Here<Table>): readonly OpenItem<Table>[] {
  const left = join.larg ? readFrom(join.larg, level, here) : [];
  const right = join.rarg ? readFrom(join.rarg, level, here) : [];
  const using = namesIn(join.usingClause);
  const natural = join.isNatural ?? false;
  const inner = join.quals !== undefined || using.length > 0 || natural ? "inner" : "cross";
  const kind = outerJoins[join.jointype ?? ""] ?? inner;
  if (kind === "left" || kind === "full") for (const item of right) item.nullable = true;
  if (kind === "right" || kind === "full") for (const item of left) item.nullable = true;
  level.joins.push({ kind, left, right, on: conjunctsOf(join.quals), using, natural });
  return [...left, ...right];
}

export function relationItem<Table extends TableShape>(range: RangeVar, target: boolean, { reading, ctes }: Here<Table>): OpenItem<Table> {
  const relation = relationRef(range, target, reading.source);
  const cte = target || relation.schema !== undefined ? undefined : ctes.get(relation.name);
  const shared = { name: relation.alias ?? relation.name, lateral: false, nullable: false, node: { RangeVar: range } };
  const renamed = namesIn(range.alias?.colnames);
  if (!cte) return { ...shared, kind: "relation", relation, table: reading.find(relation), body: undefined, renamed };
  return {
    ...shared,
    kind: "cte",
    relation: undefined,
    table: undefined,
    get body() {
      return cte.level;
    },
    renamed: [...renamed, ...cte.columns.slice(renamed.length)],
  };
}

interface Range {
  readonly alias?: { readonly aliasname?: string; readonly colnames?: Node[] };
  readonly lateral?: boolean;
}

function derivedItem<Table extends TableShape>(node: Node, level: Open<Table>, here: Here<Table>): OpenItem<Table> {
  const { alias, lateral = false } = (Object.values(node)[0] ?? {}) as Range;
  const name = alias?.aliasname ?? "";
  const shared = { name, relation: undefined, table: undefined, renamed: namesIn(alias?.colnames), nullable: false, node };
  if (!("RangeSubselect" in node)) return { ...shared, kind: "function", body: undefined, lateral: true };
  const outer = lateral ? level : level.outer;
  const { subquery } = node.RangeSubselect;
  const body = subquery && here.reading.readStatement(subquery, { ...here, place: "from", outer });
  return { ...shared, kind: "subquery", body, lateral };
}
