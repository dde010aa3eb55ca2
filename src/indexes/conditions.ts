import type { A_Expr, ColumnRef, Node } from "@pgsql/types";
import { elementsOf } from "../sql/array-text.ts";
import { booleanTests, indexExpression } from "../sql/index-expression.ts";
import { isTextCast } from "../sql/needless-casts.ts";
import { namesIn } from "../sql/relations.ts";
import { walkExpression } from "../sql/walk.ts";
import { ascending, expressionKey, type Key } from "./key.ts";
import type { Asked, Condition, Place } from "./wishes.ts";

type Resolve = Asked["resolve"];
type Source = Pick<Asked, "resolve" | "isOwn">;

/** A key of an index, and the relation whose columns it holds. */
export interface PlacedKey {
  readonly key: Key;
  readonly place: Place;
}

export interface Placed {
  readonly condition: Condition;
  readonly place: Place;
}

/** A column or an expression over columns of one relation alone. */
export function keyOf(node: Node, resolve: Resolve): PlacedKey | undefined {
  const places: Place[] = [];
  const text = indexExpression(node, (column) => columnAt(column, resolve, places));
  const [first] = places;
  if (text === undefined || !first || places.some(({ relation }) => relation !== first.relation)) return undefined;
  if ("ColumnRef" in node || isColumn(text, first)) return { key: ascending(first.column), place: first };
  return isCharacterCast(node, first) ? undefined : { key: expressionKey(text), place: first };
}

function columnAt(column: ColumnRef, resolve: Resolve, places: Place[]) {
  const place = resolve(column);
  const found = place?.table.columns.find(({ name }) => name === place.column);
  if (place) places.push(place);
  return found && { name: found.name, type: found.type };
}

const isColumn = (text: string, { column }: Place) => text === ascending(column).text;

/** Text and character(n) compare differently, so the cast is one that the column's own index does not serve. */
const isCharacterCast = (node: Node, { table, column }: Place) =>
  "TypeCast" in node &&
  isTextCast(node.TypeCast.typeName) &&
  table.columns.some(({ name, type }) => name === column && type.startsWith("character("));

/** Every test and comparison in a condition that an index of some kind could hold. */
export function* conditionsIn(condition: Node, source: Source, of: "all" | "one" = "all"): Generator<Placed> {
  if ("BoolExpr" in condition && condition.BoolExpr.boolop !== "NOT_EXPR") {
    const { boolop, args = [] } = condition.BoolExpr;
    for (const arg of args) yield* conditionsIn(arg, source, boolop === "OR_EXPR" ? "one" : of);
    return;
  }
  for (const compared of comparedIn(condition)) {
    const placed = placedIn(compared, source);
    if (placed) yield { ...placed, condition: { ...placed.condition, alternative: of === "one" } };
  }
}

function placedIn({ key: node, operator, values, test }: Compared, { resolve, isOwn }: Source): Placed | undefined {
  const placed = keyOf(node, resolve);
  const value = placed && kindOfValue(values, placed.place, resolve);
  if (!placed || !value) return undefined;
  const { key, place } = placed;
  const isFixed = value === "constant" || value === "none";
  const predicate =
    isFixed && (values === "subquery" || values.flatMap(constantsIn).every(isOwn))
      ? indexExpression(test, (column) => columnAt(column, resolve, []))
      : undefined;
  const [only, ...more] = values === "subquery" ? [] : values;
  const isOne = more.length === 0 && value === "constant" && !isList(test);
  const constant = isOne ? constantOf(only) : undefined;
  return { place, condition: { key, operator, value, constant, predicate, alternative: false } };
}

/** Compared with one of several values: IN and = ANY. */
export const isList = (node: Node): boolean => "A_Expr" in node && ["AEXPR_IN", "AEXPR_OP_ANY"].includes(node.A_Expr.kind ?? "");

interface Compared {
  readonly key: Node;
  readonly operator: string;
  /** What it is compared with, nothing for a test. */
  readonly values: readonly Node[] | "subquery";
  /** The same as a condition by itself. */
  readonly test: Node;
}

/** Each side of a comparison as the key, and what is tested by itself. */
function comparedIn(node: Node): readonly Compared[] {
  const tested = testedIn(node);
  if (tested) return [{ ...tested, values: [] }];
  if ("SubLink" in node && node.SubLink.subLinkType === "ANY_SUBLINK" && node.SubLink.testexpr) {
    const { testexpr, operName } = node.SubLink;
    return [{ key: testexpr, operator: namesIn(operName).at(-1) ?? "=", values: "subquery", test: node }];
  }
  return "A_Expr" in node ? comparisonsOf(node.A_Expr, node) : [];
}

function testedIn(node: Node): { readonly key: Node; readonly operator: string; readonly test: Node } | undefined {
  if ("NullTest" in node && node.NullTest.arg)
    return { key: node.NullTest.arg, operator: node.NullTest.nulltesttype === "IS_NULL" ? "is null" : "is not null", test: node };
  if ("BooleanTest" in node && node.BooleanTest.arg)
    return { key: node.BooleanTest.arg, operator: booleanTests[node.BooleanTest.booltesttype ?? "IS_TRUE"], test: node };
  if ("BoolExpr" in node) {
    const [negated] = node.BoolExpr.args ?? [];
    return negated && isBare(negated) ? { key: negated, operator: "is false", test: node } : undefined;
  }
  return isBare(node) ? { key: node, operator: "is true", test: node } : undefined;
}

/** What is true or false by itself. */
const isBare = (node: Node) => "ColumnRef" in node || "TypeCast" in node || "FuncCall" in node;

/** The same operator with its sides exchanged (`oprcom` in pg_operator). */
const commuted: Readonly<Record<string, string>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "@>": "<@",
  "<@": "@>",
  "&&": "&&",
  "@@": "@@",
  "%": "%",
  "%>": "<%",
  "<%": "%>",
  "<->": "<->",
  "<=>": "<=>",
  "<#>": "<#>",
  "<+>": "<+>",
  "<~>": "<~>",
  "<%>": "<%>",
  "<<%": "%>>",
  "%>>": "<<%",
  "<<": ">>",
  ">>": "<<",
  "<<=": ">>=",
  ">>=": "<<=",
  "-|-": "-|-",
  "~=": "~=",
};

function comparisonsOf({ kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr, test: Node): readonly Compared[] {
  if (!lexpr || !rexpr) return [];
  const operator = namesIn(name).at(-1) ?? "";
  switch (kind) {
    case "AEXPR_OP":
      return bothWays(operator, lexpr, rexpr, test);
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
      return [{ key: lexpr, operator, values: [rexpr], test }];
    case "AEXPR_IN":
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL":
      return [{ key: lexpr, operator, values: "List" in rexpr ? (rexpr.List.items ?? []) : [rexpr], test }];
    case "AEXPR_BETWEEN":
      return "List" in rexpr ? between(lexpr, rexpr.List.items ?? []) : [];
    default:
      return [];
  }
}

function bothWays(operator: string, left: Node, right: Node, test: Node): readonly Compared[] {
  if ("RowExpr" in left) {
    const [first] = left.RowExpr.args ?? [];
    // All rows that the whole comparison finds are among those that its first columns find.
    return first && "RowExpr" in right ? [{ key: first, operator, values: right.RowExpr.args ?? [], test }] : [];
  }
  const boolean = "A_Const" in right ? right.A_Const.boolval : undefined;
  // The planner says so too (`simplify_boolean_equality` in src/backend/optimizer/util/clauses.c).
  if (operator === "=" && boolean) return testOf(left, boolean.boolval === true);
  const turned = commuted[operator];
  const one = { key: left, operator, values: [right], test };
  return turned === undefined ? [one] : [one, { key: right, operator: turned, values: [left], test }];
}

function testOf(key: Node, isTrue: boolean): readonly Compared[] {
  if (isTrue) return [{ key, operator: "is true", values: [], test: key }];
  return [{ key, operator: "is false", values: [], test: { BoolExpr: { boolop: "NOT_EXPR", args: [key] } } }];
}

const between = (key: Node, [from, to]: readonly Node[]): readonly Compared[] =>
  (
    [
      [">=", from],
      ["<=", to],
    ] as const
  ).flatMap(([operator, value]) => {
    if (!value) return [];
    const test: Node = { A_Expr: { kind: "AEXPR_OP", name: [{ String: { sval: operator } }], lexpr: key, rexpr: value } };
    return [{ key, operator, values: [value], test }];
  });

/** Undefined where the value comes from the same relation, so that no index finds it. */
function kindOfValue(values: Compared["values"], { relation }: Place, resolve: Resolve): Condition["value"] | undefined {
  if (values === "subquery") return "relation";
  if (values.length === 0) return "none";
  const visits = values.flatMap((value) => [...walkExpression(value)]);
  const columns = visits.flatMap(({ kind, node }) => (kind === "ColumnRef" ? [resolve(node)?.relation] : []));
  if (columns.includes(relation)) return undefined;
  if (columns.length > 0) return "relation";
  return visits.some(({ kind }) => unknowns.has(kind)) ? "parameter" : "constant";
}

const unknowns: ReadonlySet<string> = new Set(["ParamRef", "FuncCall", "SQLValueFunction", "SubLink"]);

/** As they are written, those of an array each. */
function constantsIn(value: Node): readonly string[] {
  const found = [...walkExpression(value)].flatMap(({ kind, node }) => (kind === "A_Const" ? [constantOf({ A_Const: node })] : []));
  return found.flatMap((text) => (text === undefined ? [] : (elementsOf(text) ?? [text])));
}

function constantOf(node: Node | undefined): string | undefined {
  if (node && "TypeCast" in node) return constantOf(node.TypeCast.arg);
  if (!node || !("A_Const" in node)) return undefined;
  const { sval, ival, fval, boolval } = node.A_Const;
  if (ival) return String(ival.ival ?? 0);
  return boolval ? String(boolval.boolval ?? false) : (sval?.sval ?? fval?.fval);
}

/** Operators that indexes return rows in the order of (https://www.postgresql.org/docs/current/xindex.html#XINDEX-ORDERING-OPS). */
const distances = new Set(["<->", "<=>", "<#>", "<+>", "<~>", "<%>", "<<->", "<<<->", "<->>", "<->>>"]);

/** What `order by embedding <-> $1` asks to be near to. */
export function nearestOf(node: Node, source: Source): Placed | undefined {
  const operator = "A_Expr" in node ? (namesIn(node.A_Expr.name).at(-1) ?? "") : "";
  return distances.has(operator) ? conditionsIn(node, source).next().value : undefined;
}
