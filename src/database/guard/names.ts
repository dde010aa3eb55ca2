import type { A_Expr, A_Indirection, ColumnRef, FuncCall, Node, RangeVar } from "@pgsql/types";
import { namesIn } from "../../sql/relations.ts";
import type { Kind } from "../../sql/walk.ts";
import { admittedNodes, type Found, nodesOf } from "./nodes.ts";

export interface WrittenName {
  readonly schema: string | undefined;
  readonly name: string;
}

export interface Call extends WrittenName {
  /** How many arguments are given; undefined where the grammar does not tell, as for ordered-set aggregates. */
  readonly given: number | undefined;
  /** The server may know it as syntax and have no function of that name. */
  readonly syntax: boolean;
}

/** `a.total` and `(a).total` are a column, or a call of the function `total` with one argument. */
export interface Attribute {
  readonly name: string;
  /** What stands before the dot, if that is a name. */
  readonly of: string | undefined;
}

/** A constant in quotes or a parameter becomes a value of whatever type its operator takes; all else has a type of its own. */
export interface Operator extends WrittenName {
  readonly untypedLeft: boolean;
  readonly untypedRight: boolean;
}

/** A relation, or the names of columns that are there for certain. */
export type ColumnSource = WrittenName | ReadonlySet<string>;

/** All that a statement names and that only a database knows the meaning of. */
export interface Names {
  readonly calls: readonly Call[];
  readonly attributes: readonly Attribute[];
  readonly operators: readonly Operator[];
  readonly types: readonly WrittenName[];
  readonly relations: readonly WrittenName[];
  readonly samplings: readonly WrittenName[];
  /** WITH queries, wherever they can be seen. */
  readonly queries: ReadonlyMap<string, readonly ColumnSource[]>;
  /** What each alias in a FROM clause stands for. */
  readonly aliases: ReadonlyMap<string, readonly ColumnSource[]>;
  readonly writes: boolean;
}

/** Operators that stand behind USING, NATURAL, CASE, IN, NULLIF, DISTINCT FROM and BETWEEN without being written. */
const silent: readonly Operator[] = ["=", "<>", "<", "<=", ">", ">="].map((name) => typed({ schema: undefined, name }));

function typed(name: WrittenName): Operator {
  return { ...name, untypedLeft: false, untypedRight: false };
}

/** Calls to this grammar's special syntax that servers before these versions read as calls of a function of that name. */
const formerCalls: Partial<Readonly<Record<Kind, readonly [name: string, version: number]>>> = {
  JsonObjectConstructor: ["json_object", 160_000],
  JsonArrayConstructor: ["json_array", 160_000],
  JsonArrayQueryConstructor: ["json_array", 160_000],
  JsonObjectAgg: ["json_objectagg", 160_000],
  JsonArrayAgg: ["json_arrayagg", 160_000],
  JsonParseExpr: ["json", 170_000],
  JsonScalarExpr: ["json_scalar", 170_000],
  JsonSerializeExpr: ["json_serialize", 170_000],
  JsonTable: ["json_table", 170_000],
  MergeSupportFunc: ["merge_action", 170_000],
};

const jsonFunctions: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: "json_exists",
  JSON_QUERY_OP: "json_query",
  JSON_VALUE_OP: "json_value",
};

export function namesOf(tree: Node, versionNumber: number): Names {
  const found = [...nodesOf(tree, admittedNodes.explain)];
  return {
    calls: found.flatMap((node) => callsIn(node, versionNumber)),
    attributes: found.flatMap(attributesIn),
    operators: [...silent, ...found.flatMap(operatorsIn)],
    types: found.flatMap(typesIn),
    relations: found.flatMap(({ kind, node }) => (kind === "RangeVar" ? [relationOf(node)] : [])),
    samplings: found.flatMap(({ kind, node }) => (kind === "RangeTableSample" ? written(node.method) : [])),
    queries: sourcesIn(found, query),
    aliases: sourcesIn(found, aliased),
    writes: found.some(({ kind }) => writing.has(kind)),
  };
}

const writing: ReadonlySet<Kind> = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"] as const);

const relationOf = ({ schemaname, relname = "" }: RangeVar): WrittenName => ({ schema: schemaname, name: relname });

function written(nodes: readonly Node[] | undefined): WrittenName[] {
  const names = namesIn(nodes);
  const name = names.at(-1);
  return name === undefined ? [] : [{ schema: names.at(-2), name }];
}

function callsIn({ kind, node }: Found, versionNumber: number): Call[] {
  if (kind === "FuncCall") return written(node.funcname).flatMap((name) => callOf(name, node, versionNumber));
  if (kind === "JsonFuncExpr") return former(jsonFunctions[node.op ?? ""] ?? "", versionNumber < 170_000);
  const [name, version] = formerCalls[kind] ?? ["", 0];
  return former(name, versionNumber < version);
}

const former = (name: string, applies: boolean): Call[] => (applies ? [{ schema: undefined, name, given: undefined, syntax: true }] : []);

function callOf(name: WrittenName, { args = [], agg_within_group, func_variadic }: FuncCall, versionNumber: number): Call[] {
  // In FROM, unnest(a, b) stands for unnest(a) beside unnest(b).
  const call = { ...name, given: agg_within_group || func_variadic || name.name === "unnest" ? undefined : args.length, syntax: false };
  // The grammar of 16 and later writes pg_catalog before this one.
  if (versionNumber < 160_000 && name.schema === "pg_catalog" && name.name === "json_object") return [call, { ...call, schema: undefined }];
  return [call];
}

function attributesIn({ kind, node }: Found): Attribute[] {
  if (kind === "ColumnRef") return attributeOf(node);
  return kind === "A_Indirection" ? selectedFrom(node) : [];
}

function attributeOf({ fields = [] }: ColumnRef): Attribute[] {
  const last = fields.at(-1);
  const [of, name] = namesIn(fields).slice(-2);
  return fields.length > 1 && last && "String" in last && name !== undefined ? [{ name, of }] : [];
}

const selectedFrom = ({ indirection = [] }: A_Indirection): Attribute[] => namesIn(indirection).map((name) => ({ name, of: undefined }));

function operatorsIn({ kind, node }: Found): Operator[] {
  if (kind === "A_Expr") return comparisons(node);
  if (kind === "CaseExpr") return node.arg ? [{ ...typed(equal), untypedLeft: true, untypedRight: true }] : [];
  if (kind === "SortBy") return written(node.useOp).map(typed);
  if (kind !== "SubLink" || !node.testexpr) return [];
  const names = node.operName ? written(node.operName) : [equal];
  return names.map((name) => ({ ...typed(name), untypedLeft: isUntyped(node.testexpr) }));
}

const equal: WrittenName = { schema: undefined, name: "=" };

function comparisons({ kind, name, lexpr, rexpr }: A_Expr): Operator[] {
  const isBetween = kind?.includes("BETWEEN") ?? false;
  const names = isBetween ? ["<", "<=", ">", ">="].map((one) => ({ schema: undefined, name: one })) : written(name);
  return names.map((one) => ({ ...one, untypedLeft: isUntyped(lexpr), untypedRight: isUntyped(rexpr) }));
}

/** What stays of type unknown until its operator is known (https://www.postgresql.org/docs/current/typeconv-oper.html). */
function isUntyped(operand: Node | undefined): boolean {
  if (!operand) return false;
  if ("A_Const" in operand) return operand.A_Const.sval !== undefined || operand.A_Const.isnull === true;
  if ("List" in operand) return (operand.List.items ?? []).some(isUntyped);
  if ("RowExpr" in operand) return (operand.RowExpr.args ?? []).some(isUntyped);
  if ("CollateClause" in operand) return isUntyped(operand.CollateClause.arg);
  if ("TypeCast" in operand) return namesIn(operand.TypeCast.typeName?.names).at(-1) === "unknown";
  return "ParamRef" in operand;
}

/** A call with one argument, and an attribute, can also be a cast to a type of that name. */
function typesIn(found: Found): WrittenName[] {
  const { kind, node } = found;
  if (kind === "TypeName") return written(node.names);
  if (kind === "FuncCall" && node.args?.length === 1) return written(node.funcname);
  return attributesIn(found).map(({ name }) => ({ schema: undefined, name }));
}

function sourcesIn(found: readonly Found[], sourceOf: (one: Found) => readonly [string | undefined, ColumnSource] | undefined) {
  const sources = new Map<string, ColumnSource[]>();
  for (const one of found) {
    const [name, source] = sourceOf(one) ?? [];
    if (name !== undefined && source !== undefined) sources.set(name, [...(sources.get(name) ?? []), source]);
  }
  return sources;
}

/** An alias that stands for nothing else here, as that of a function, has no columns that are certain. */
function aliased({ kind, node }: Found): readonly [string | undefined, ColumnSource] | undefined {
  if (kind === "RangeVar")
    return [node.alias?.aliasname ?? node.relname, namesIn(node.alias?.colnames).length > 0 ? columnsOf(node.alias) : relationOf(node)];
  if (kind === "RangeSubselect") return [node.alias?.aliasname, columnsOf(node.alias, node.subquery)];
  if (kind === "RangeFunction" || kind === "RangeTableFunc" || kind === "JsonTable") return [node.alias?.aliasname, columnsOf(node.alias)];
  if (kind !== "JoinExpr") return undefined;
  return [node.alias?.aliasname ?? node.join_using_alias?.aliasname, columnsOf(node.alias)];
}

const query = ({ kind, node }: Found): readonly [string | undefined, ColumnSource] | undefined =>
  kind === "CommonTableExpr" ? [node.ctename, columnsOf({ colnames: node.aliascolnames }, node.ctequery)] : undefined;

/** The columns that have a name for certain: those that an alias lists, or else those that the query's target list names. */
function columnsOf(alias: { readonly colnames?: Node[] | undefined } | undefined, inner?: Node): ReadonlySet<string> {
  const listed = namesIn(alias?.colnames);
  return new Set(listed.length > 0 || !inner ? listed : targetsOf(inner));
}

function targetsOf(inner: Node): string[] {
  let select = "SelectStmt" in inner ? inner.SelectStmt : undefined;
  while (select?.larg) select = select.larg;
  return (select?.targetList ?? []).flatMap((target) => {
    if (!("ResTarget" in target)) return [];
    const { name, val } = target.ResTarget;
    if (name !== undefined) return [name];
    const last = val && "ColumnRef" in val ? val.ColumnRef.fields?.at(-1) : undefined;
    return last ? namesIn([last]) : [];
  });
}
