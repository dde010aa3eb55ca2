import type { A_Expr, FuncCall, Node, TypeName } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { parseExpression } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import type { ColumnFact, Facts, KnownExtension } from "./column-facts.ts";
import { ascending, type Key } from "./key.ts";
import type { Condition, Wish } from "./wishes.ts";

type KeyType = Pick<ColumnFact, "type" | "kind" | "element">;

type TypeOfColumn = (column: string) => KeyType | undefined;

/** A key, what it holds, and all that a wish asks of it. */
export interface AskedKey {
  readonly key: Key;
  readonly type: KeyType;
  readonly asked: readonly Condition[];
}

/** Those of which the type is known. */
export function keysAsked({ table }: Wish, conditions: readonly Condition[], facts: Facts): readonly AskedKey[] {
  const byText = new Map<string, Condition[]>();
  for (const condition of conditions) {
    const { text } = uncast(condition.key, table, facts);
    byText.set(text, [...(byText.get(text) ?? []), condition]);
  }
  return [...byText.values()].flatMap((asked) => {
    const key = asked[0] && uncast(asked[0].key, table, facts);
    const type = key && typeOf(key, table, facts);
    return type ? [{ key, type, asked }] : [];
  });
}

/** A network is an address to the planner, and its cast to one is looked through (`match_index_to_operand` in src/backend/optimizer/path/indxpath.c); that of an array is not. */
function uncast(key: Key, table: Table, facts: Facts): Key {
  const node = key.column === undefined ? parseExpression(key.text) : undefined;
  const { arg, typeName } = node && "TypeCast" in node ? node.TypeCast : {};
  const column = arg && "ColumnRef" in arg && namesIn(typeName?.names).at(-1) === "inet" ? namesIn(arg.ColumnRef.fields).at(-1) : undefined;
  if (column !== undefined && facts.column(table, column)?.type === "cidr") return ascending(column);
  return { ...key, descending: false, nullsFirst: false };
}

/** The key with an operator class of an extension, which need not be in the search path. */
export const classed = (key: Key, { schema }: KnownExtension, operators: string): Key => ({
  ...key,
  operators: `${quote(schema)}.${operators}`,
});

/** What a key holds, as far as the column or the words of the expression tell: nobody asks Postgres for the type of an expression. */
function typeOf(key: Key, table: Table, facts: Facts): KeyType | undefined {
  const column: TypeOfColumn = (name) => facts.column(table, name);
  if (key.column !== undefined) return column(key.column);
  const node = parseExpression(key.text);
  return node && typeOfNode(node, column);
}

const base = (type: string): KeyType => ({ type, kind: "b", element: undefined });

const ranges = ["int4", "int8", "num", "ts", "tstz", "date"];

/** Built-in functions that an index is made on, by what they return. */
const returned: ReadonlyMap<string, KeyType> = new Map<string, KeyType>([
  ...["to_tsvector", "setweight", "strip"].map((name) => [name, base("tsvector")] as const),
  ...["to_jsonb", "jsonb_extract_path", "jsonb_path_query_array", "jsonb_build_object", "jsonb_object_field"].map(
    (name) => [name, base("jsonb")] as const,
  ),
  ...[
    "lower",
    "upper",
    "initcap",
    "btrim",
    "ltrim",
    "rtrim",
    "replace",
    "translate",
    "substring",
    "substr",
    "left",
    "right",
    "reverse",
  ].map((name) => [name, base("text")] as const),
  ...["concat", "concat_ws", "split_part", "regexp_replace", "jsonb_extract_path_text", "json_extract_path_text", "unaccent"].map(
    (name) => [name, base("text")] as const,
  ),
  ...["string_to_array", "regexp_split_to_array"].map((name) => [name, { type: "_text", kind: "b", element: "text" }] as const),
  ...["point", "box", "circle", "polygon"].map((name) => [name, base(name)] as const),
  ...ranges.flatMap((name) => [
    [`${name}range`, { type: `${name}range`, kind: "r", element: undefined }] as const,
    [`${name}multirange`, { type: `${name}multirange`, kind: "m", element: undefined }] as const,
  ]),
]);

function typeOfNode(node: Node, column: TypeOfColumn): KeyType | undefined {
  if ("ColumnRef" in node) return column(namesIn(node.ColumnRef.fields).at(-1) ?? "");
  if ("TypeCast" in node) return node.TypeCast.typeName && typeOfCast(node.TypeCast.typeName);
  if ("FuncCall" in node) return typeOfCall(node.FuncCall);
  if ("A_Expr" in node) return typeOfOperation(node.A_Expr, column);
  if ("CoalesceExpr" in node) return firstOf(node.CoalesceExpr.args, column);
  if ("CollateClause" in node) return firstOf([node.CollateClause.arg], column);
  // jsonb is what gives itself from a subscript; of an array, nobody makes an index on one element.
  if ("A_Indirection" in node) return only("jsonb", firstOf([node.A_Indirection.arg], column));
  return undefined;
}

const typeOfCall = ({ funcname }: FuncCall) => returned.get(namesIn(funcname).at(-1) ?? "");

function typeOfCast({ names, arrayBounds = [] }: TypeName): KeyType {
  const name = namesIn(names).at(-1) ?? "";
  return arrayBounds.length === 0 ? (returned.get(name) ?? base(name)) : { type: `_${name}`, kind: "b", element: name };
}

function typeOfOperation({ name, lexpr, rexpr }: A_Expr, column: TypeOfColumn): KeyType | undefined {
  const operator = namesIn(name).at(-1);
  if (operator === "->>" || operator === "#>>") return base("text");
  // json has no operators that an index could serve.
  if (operator === "->" || operator === "#>") return only("jsonb", firstOf([lexpr], column));
  return operator === "||" ? firstOf([lexpr, rexpr], column) : undefined;
}

const firstOf = (nodes: readonly (Node | undefined)[] = [], column: TypeOfColumn): KeyType | undefined =>
  nodes.flatMap((node) => (node && typeOfNode(node, column)) ?? [])[0];

const only = (type: string, found: KeyType | undefined) => (found?.type === type ? found : undefined);
