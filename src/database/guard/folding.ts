import type { Node, SelectStmt } from "@pgsql/types";
import { kindOf } from "../../sql/walk.ts";
import { growthOf, literalOf, nameOf, type Sized } from "./growth.ts";
import { refused } from "./refused.ts";

/**
 * The planner computes what is constant, and copies the expressions of a subquery to each place that reads them, before
 * it looks at any timeout and deaf to a cancellation: a hundred times `2.0 ^ 400000` kept a server busy for 90 s under
 * a statement_timeout of 2 s, and eighteen subqueries that double a column took 600 MB. So both are estimated here.
 */
export function refuseLaboriousPlanning(tree: Node): void {
  const { nodes, work } = ofQuery(tree, { columns: new Map(), queries: new Map(), outer: undefined }).total;
  if (nodes > MOST_NODES) {
    throw refused(
      "limits",
      `with each column of a subquery written out it has more than ${MOST_NODES.toLocaleString("en")} parts`,
      "Add OFFSET 0 to inner subqueries, which keeps them apart, or ask about a part of it.",
    );
  }
  if (work > MOST_WORK) throw refused("limits", "it computes with constants that are too large for the planner", "Use smaller ones.");
}

/** Of expressions, when all is written out. Postgres 15 takes some 2 s for 130,000. */
const MOST_NODES = 50_000;

/** Bytes that constant expressions read and write: Postgres 15 takes some 10 ns for each. */
const MOST_WORK = 50_000_000;

/** An expression, and what planning it takes. */
interface Weight {
  readonly nodes: number;
  readonly work: number;
  /** Of the value, if it is constant. */
  readonly value: Sized | undefined;
}

interface Query {
  readonly total: Weight;
  /** Its columns in order; a name that Postgres makes up is undefined. */
  readonly outputs: readonly Output[];
}

interface Output {
  readonly name: string | undefined;
  readonly weight: Weight;
}

interface Scope {
  /** By name; undefined holds the heaviest of those whose name Postgres makes up. */
  readonly columns: Map<string | undefined, Weight>;
  readonly queries: Map<string, readonly Output[]>;
  readonly outer: Scope | undefined;
}

const nothing: Weight = { nodes: 0, work: 0, value: undefined };
const column: Weight = { nodes: 1, work: 0, value: undefined };

const sum = (a: Weight, b: Weight): Weight => ({ nodes: a.nodes + b.nodes, work: a.work + b.work, value: undefined });
const all = (weights: readonly Weight[]): Weight => weights.reduce(sum, nothing);
const heavier = (a: Weight | undefined, b: Weight): Weight => {
  if (a === undefined) return b;
  const value = (a.value?.size ?? -1) > (b.value?.size ?? -1) ? a.value : b.value;
  return { nodes: Math.max(a.nodes, b.nodes), work: Math.max(a.work, b.work), value };
};

function ofQuery(query: Node | undefined, outer: Scope): Query {
  if (query && "SelectStmt" in query) return ofSelect(query.SelectStmt, outer);
  const scope: Scope = { columns: new Map(), queries: new Map(), outer };
  return { total: all(childrenOf(query).map((child) => ofExpression(child, scope))), outputs: [] };
}

function ofSelect(select: SelectStmt, outer: Scope): Query {
  const scope: Scope = { columns: new Map(), queries: new Map(), outer };
  const parts = (select.withClause?.ctes ?? []).map((cte) => ofCommonTable(cte, scope));
  if (select.larg && select.rarg) {
    const [left, right] = [ofSelect(select.larg, scope), ofSelect(select.rarg, scope)];
    const outputs = left.outputs.map(({ name, weight }, at) => ({ name, weight: heavier(right.outputs[at]?.weight, weight) }));
    return { total: all([...parts, left.total, right.total]), outputs: kept(outputs, select) };
  }
  const { targetList = [], fromClause = [], valuesLists = [], withClause: _, ...clauses } = select;
  parts.push(...fromClause.map((item) => ofFrom(item, scope)));
  const rows = valuesLists.map((row) => childrenOf(Object.values(row)[0]).map((value) => ofExpression(value, scope)));
  const outputs = rows.length > 0 ? columnsOf(rows) : targetList.flatMap((target) => outputsOf(target, scope));
  const others = Object.values(clauses).flatMap(childrenOf);
  parts.push(...rows.flat(), ...outputs.map(({ weight }) => weight), ...others.map((child) => ofExpression(child, scope)));
  return { total: all(parts), outputs: kept(outputs, select) };
}

/** LIMIT and OFFSET keep a query's expressions where they are (is_simple_subquery in src/backend/optimizer/prep/prepjointree.c). */
const kept = (outputs: readonly Output[], { limitCount, limitOffset }: SelectStmt): readonly Output[] =>
  limitCount || limitOffset ? outputs.map(({ name }) => ({ name, weight: column })) : outputs;

/** Only a single row of VALUES is taken for the expressions that it holds. */
const columnsOf = (rows: readonly (readonly Weight[])[]): readonly Output[] =>
  (rows[0] ?? []).map((weight, at) => ({ name: `column${at + 1}`, weight: rows.length === 1 ? weight : column }));

function ofCommonTable(cte: Node, scope: Scope): Weight {
  if (!("CommonTableExpr" in cte)) return nothing;
  const { ctename = "", ctequery, ctematerialized, aliascolnames } = cte.CommonTableExpr;
  const { total, outputs } = ofQuery(ctequery, scope);
  scope.queries.set(ctename, ctematerialized === "CTEMaterializeAlways" ? [] : renamed(outputs, aliascolnames));
  return total;
}

/** Adds the columns of an item of FROM to the scope. */
function ofFrom(item: Node, scope: Scope): Weight {
  if ("JoinExpr" in item) {
    const { larg, rarg, quals } = item.JoinExpr;
    const sides = [larg, rarg].map((side) => (side ? ofFrom(side, scope) : nothing));
    return all([...sides, ...(quals ? [ofExpression(quals, scope)] : [])]);
  }
  if ("RangeVar" in item) {
    const { schemaname, relname = "", alias } = item.RangeVar;
    const outputs = schemaname === undefined ? queryNamed(relname, scope) : undefined;
    addColumns(renamed(outputs ?? [], alias?.colnames), scope);
    return nothing;
  }
  if ("RangeSubselect" in item) {
    const { subquery, alias } = item.RangeSubselect;
    const { total, outputs } = ofQuery(subquery, scope);
    addColumns(renamed(outputs, alias?.colnames), scope);
    return total;
  }
  const weight = ofExpression(item, scope);
  addColumns([{ name: undefined, weight }], scope);
  return weight;
}

const queryNamed = (name: string, scope: Scope | undefined): readonly Output[] | undefined =>
  scope && (scope.queries.get(name) ?? queryNamed(name, scope.outer));

const renamed = (outputs: readonly Output[], names: readonly Node[] = []): readonly Output[] =>
  outputs.map(({ name, weight }, at) => ({ name: nameOf(names.slice(at, at + 1)) ?? name, weight }));

function addColumns(outputs: readonly Output[], { columns }: Scope): void {
  for (const { name, weight } of outputs) columns.set(name, heavier(columns.get(name), weight));
}

/** One column; for a star all that the scope has. */
function outputsOf(target: Node, scope: Scope): readonly Output[] {
  if (!("ResTarget" in target)) return [];
  const { name, val } = target.ResTarget;
  if (!val) return [];
  const fields = "ColumnRef" in val ? (val.ColumnRef.fields ?? []) : [];
  const last = fields.at(-1);
  if (last && "A_Star" in last) return [...scope.columns].map(([name, weight]) => ({ name, weight }));
  return [{ name: name ?? nameOf(fields), weight: ofExpression(val, scope) }];
}

function columnNamed(name: string | undefined, scope: Scope | undefined): Weight {
  if (scope === undefined) return column;
  return scope.columns.get(name) ?? scope.columns.get(undefined) ?? columnNamed(name, scope.outer);
}

function ofExpression(node: Node, scope: Scope): Weight {
  if ("SelectStmt" in node) return { ...ofSelect(node.SelectStmt, scope).total, value: undefined };
  if ("ColumnRef" in node) return columnNamed(nameOf(node.ColumnRef.fields), scope);
  if ("ParamRef" in node) return column;
  const literal = literalOf(node);
  if (literal) return { nodes: 1, work: 0, value: literal };

  const inner = Object.values(node)[0];
  const children = childrenOf(inner).map((child) => ofExpression(child, scope));
  const { nodes, work } = all(children);
  const values = children.flatMap(({ value }) => value ?? []);
  if (values.length < children.length || "SubLink" in node) return { nodes: nodes + 1, work, value: undefined };
  const grown = growthOf(node, values);
  return { nodes: nodes + 1, work: work + grown.work, value: grown.value };
}

/** The nodes right below; names and types are none that are computed. */
function childrenOf(value: unknown): readonly Node[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((element) => (isComputed(element) ? [element as Node] : []));
  return Object.entries(value).flatMap(([field, child]) => {
    if (isComputed(child)) return [child as Node];
    return notComputed.has(field) ? [] : childrenOf(child);
  });
}

const notComputed = new Set(["funcname", "name", "typeName", "names", "typmods", "alias", "colnames", "relation", "fields"]);
const isComputed = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value) && kindOf(value) !== undefined;
