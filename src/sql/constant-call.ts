import type { FuncCall, Node, SelectStmt } from "@pgsql/types";
import type { Statement } from "./parse.ts";
import { namesIn } from "./relations.ts";

/** A SELECT of a dump that does nothing but call one function of Postgres with constants. */
export interface Call {
  readonly name: string;
  readonly arguments: readonly string[];
}

/** `select f(…)` or `select * from f(…)`, with constants and casts of constants to built-in types: nothing else would be evaluated. */
export function constantCall({ tree }: Statement): Call | undefined {
  const call = "SelectStmt" in tree ? onlyCall(tree.SelectStmt) : undefined;
  const names = namesIn(call?.funcname);
  const given = (call?.args ?? []).map(constantOf);
  const known = given.filter((each) => each !== undefined);
  const isOurs = names.length === 1 || (names.length === 2 && names[0] === "pg_catalog");
  return call && isPlain(call) && isOurs && known.length === given.length ? { name: names.at(-1) ?? "", arguments: known } : undefined;
}

const inSelect = new Set(["targetList", "fromClause", "limitOption", "op"]);
const inCall = new Set(["funcname", "args", "funcformat", "location"]);

const isPlain = (call: FuncCall) => Object.keys(call).every((field) => inCall.has(field));

function onlyCall(select: SelectStmt): FuncCall | undefined {
  const { targetList = [], fromClause = [] } = select;
  const [target] = targetList;
  if (Object.keys(select).some((field) => !inSelect.has(field)) || targetList.length !== 1 || fromClause.length > 1) return undefined;
  const value = target && "ResTarget" in target ? target.ResTarget.val : undefined;
  const [from] = fromClause;
  if (!from) return value && "FuncCall" in value ? value.FuncCall : undefined;
  return value && "ColumnRef" in value && "RangeFunction" in from ? calledIn(from.RangeFunction.functions) : undefined;
}

/** Each item is a list of a call and its column definitions, of which there must be none. */
function calledIn([only, ...more]: readonly Node[] = []): FuncCall | undefined {
  const [call] = only && "List" in only ? (only.List.items ?? []) : [];
  return more.length === 0 && call && "FuncCall" in call ? call.FuncCall : undefined;
}

/** As the types are called in the grammar's trees, where most have two names. */
const types = new Set(["int2", "int4", "int8", "float4", "float8", "numeric", "bool", "text", "varchar", "name", "regclass"]);
const longTypes: Readonly<Record<string, string>> = { integer: "int4", smallint: "int2", bigint: "int8", real: "float4", boolean: "bool" };

function constantOf(node: Node): string | undefined {
  if ("A_Const" in node) return textOf(node);
  if (!("TypeCast" in node) || !node.TypeCast.arg || !("A_Const" in node.TypeCast.arg)) return undefined;
  const names = namesIn(node.TypeCast.typeName?.names);
  const name = names.at(-1) ?? "";
  const isBuiltIn = names.length === 1 || names[0] === "pg_catalog";
  return isBuiltIn && types.has(longTypes[name] ?? name) ? textOf(node.TypeCast.arg) : undefined;
}

function textOf({ A_Const: { sval, ival, fval, boolval } }: Extract<Node, { A_Const: unknown }>): string {
  if (sval) return sval.sval ?? "";
  if (boolval) return String(boolval.boolval ?? false);
  return fval?.fval ?? String(ival?.ival ?? 0);
}
