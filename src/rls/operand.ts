import type { Node } from "@pgsql/types";
import type { UserFunction } from "../catalog/functions.ts";
import { parseExpression } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";

/** What tells a database who asks: a value in the token, a setting of the session, or the role itself. */
export type Source =
  | { readonly kind: "claim"; readonly path: readonly string[] }
  | { readonly kind: "setting"; readonly name: string }
  | { readonly kind: "role" };

/** One side of a comparison, as far as it says something of a column or of who asks. */
export type Operand =
  | { readonly is: "source"; readonly source: Source }
  /** `within`: a value inside the column: a key of a document, or `/` for the first part of a path. */
  | { readonly is: "column"; readonly names: readonly string[]; readonly within?: string | undefined }
  | { readonly is: "constants"; readonly values: readonly string[] };

export const keyOf = (source: Source): string =>
  source.kind === "claim" ? `claim ${source.path.join(".")}` : source.kind === "setting" ? `setting ${source.name}` : "role";

/** Functions by their names, with their schema and without. */
export type Functions = ReadonlyMap<string, UserFunction>;

type Call = Extract<Node, { FuncCall: unknown }>["FuncCall"];
type Operation = Extract<Node, { A_Expr: unknown }>["A_Expr"];

/** Functions inside functions that are looked into. */
const DEEPEST = 4;

export function operandOf(node: Node | undefined, functions: Functions, depth = 0): Operand | undefined {
  if (!node || depth > DEEPEST) return undefined;
  const inner = (next: Node | undefined) => operandOf(next, functions, depth);
  const within = insideOf(node);
  if (within) return inner(within);
  if ("ColumnRef" in node) return { is: "column", names: namesIn(node.ColumnRef.fields) };
  if ("SQLValueFunction" in node) return roles.has(node.SQLValueFunction.op ?? "") ? { is: "source", source: { kind: "role" } } : undefined;
  if ("A_Const" in node) return constantsOf(node);
  if ("A_ArrayExpr" in node) return listOf(node.A_ArrayExpr.elements, inner);
  if ("List" in node) return listOf(node.List.items, inner);
  if ("FuncCall" in node) return callOf(node.FuncCall, functions, depth);
  return "A_Expr" in node ? operationOf(node.A_Expr, inner) : undefined;
}

/** What a cast, a subquery or the like has the value of. */
function insideOf(node: Node): Node | undefined {
  if ("TypeCast" in node) return node.TypeCast.arg;
  if ("CollateClause" in node) return node.CollateClause.arg;
  if ("CoalesceExpr" in node) return node.CoalesceExpr.args?.[0];
  if ("SubLink" in node) return targetOf(node.SubLink.subselect);
  return "A_Indirection" in node ? node.A_Indirection.arg : undefined;
}

const roles = new Set(["SVFOP_CURRENT_USER", "SVFOP_CURRENT_ROLE", "SVFOP_USER", "SVFOP_SESSION_USER"]);

function targetOf(select: Node | undefined): Node | undefined {
  const [target] = (select && "SelectStmt" in select && select.SelectStmt.targetList) || [];
  return target && "ResTarget" in target ? target.ResTarget.val : undefined;
}

function constantsOf({ A_Const: value }: Extract<Node, { A_Const: unknown }>): Operand | undefined {
  const text = value.sval?.sval ?? value.fval?.fval ?? (value.ival ? String(value.ival.ival ?? 0) : undefined);
  return text === undefined ? undefined : { is: "constants", values: [text] };
}

function listOf(nodes: readonly Node[] | undefined, inner: (node: Node) => Operand | undefined): Operand | undefined {
  const found = (nodes ?? []).map(inner);
  const values = found.flatMap((each) => (each?.is === "constants" ? each.values : []));
  return values.length > 0 ? { is: "constants", values } : found.find((each) => each !== undefined);
}

/** `->`, `->>`, `#>>`: into a document. NULLIF: what it is of. */
function operationOf({ kind, name, lexpr, rexpr }: Operation, inner: (node: Node | undefined) => Operand | undefined): Operand | undefined {
  if (kind === "AEXPR_NULLIF") return inner(lexpr);
  const [operator = ""] = namesIn(name);
  if (!["->", "->>", "#>", "#>>"].includes(operator)) return undefined;
  const [of, at] = [inner(lexpr), inner(rexpr)];
  const [key] = at?.is === "constants" ? at.values : [];
  if (key === undefined) return undefined;
  const steps = operator.startsWith("#") ? key.replaceAll(/[{}"]/g, "").split(",") : [key];
  if (of?.is === "column") return of.within === undefined && steps.length === 1 ? { ...of, within: key } : undefined;
  return of?.is === "source" && of.source.kind === "claim"
    ? { is: "source", source: { kind: "claim", path: [...of.source.path, ...steps] } }
    : undefined;
}

const claims: Readonly<Record<string, readonly string[]>> = {
  "auth.uid": ["sub"],
  "auth.role": ["role"],
  "auth.email": ["email"],
  "auth.jwt": [],
};

function callOf({ funcname, args = [] }: Call, functions: Functions, depth: number): Operand | undefined {
  const names = namesIn(funcname);
  const name = names.join(".").replace(/^pg_catalog\./, "");
  const path = claims[name];
  if (path) return { is: "source", source: { kind: "claim", path } };
  const [first] = args;
  if (name === "current_setting") return settingOf(operandOf(first, functions, depth));
  if (name === "storage.foldername" || name === "split_part" || name === "string_to_array") {
    const of = operandOf(first, functions, depth);
    return of?.is === "column" ? { ...of, within: "/" } : undefined;
  }
  if (["lower", "upper", "btrim", "to_jsonb"].includes(name)) return operandOf(first, functions, depth);
  const called = functions.get(names.join("."));
  return called && args.length === 0 ? resultOf(called, functions, depth + 1) : undefined;
}

function settingOf(argument: Operand | undefined): Operand | undefined {
  const [name] = argument?.is === "constants" ? argument.values : [];
  if (name === undefined) return undefined;
  if (name === "role") return { is: "source", source: { kind: "role" } };
  if (name === "request.jwt.claims") return { is: "source", source: { kind: "claim", path: [] } };
  const claim = /^request\.jwt\.claim\.(.+)$/.exec(name)?.[1];
  return { is: "source", source: claim === undefined ? { kind: "setting", name } : { kind: "claim", path: [claim] } };
}

/** Of a function in SQL what it selects, of one in PL/pgSQL what it returns first. */
function resultOf({ language, body, definition }: UserFunction, functions: Functions, depth: number): Operand | undefined {
  const text = bodyOf({ language, body, definition });
  return text === undefined ? undefined : operandOf(parseExpression(`(${text})`), functions, depth);
}

/** As an expression that can be parsed. */
export function bodyOf({ language, body, definition }: Pick<UserFunction, "language" | "body" | "definition">): string | undefined {
  if (language === "plpgsql") return /\breturn\s+(?!query|next)([^;]+);/i.exec(body)?.[1];
  if (language !== "sql") return undefined;
  const written = body || (/\bRETURN (.+)$/s.exec(definition)?.[1] ?? /BEGIN ATOMIC(.+)END/s.exec(definition)?.[1] ?? "");
  return written.trim().replace(/;$/, "");
}
