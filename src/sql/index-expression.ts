import type { A_Const, A_Expr, A_Indirection, BooleanTest, CaseExpr, ColumnRef, FuncCall, Node, TypeName } from "@pgsql/types";
import { elementsOf } from "./array-text.ts";
import { constantBeside, numberIn, type OwnColumn, withoutCast } from "./needless-casts.ts";
import { literal, quote } from "./quote.ts";
import { namesIn } from "./relations.ts";
import { typeShape, typeText } from "./type-name.ts";

/** Undefined for a column of another relation. */
export type ColumnOf = (column: ColumnRef) => OwnColumn | undefined;

/**
 * An expression as an index would say it: over bare column names, without the casts to text that EXPLAIN writes out and
 * Postgres infers anyway. What a statement says and what EXPLAIN prints of it come out the same. Undefined where it holds
 * what no index may, such as a parameter, a subquery or an aggregate, or what is not known here.
 */
export function indexExpression(node: Node, columnOf: ColumnOf): string | undefined {
  return write(node, columnOf, "whole");
}

type Part = "whole" | "part";

function write(node: Node, columnOf: ColumnOf, as: Part): string | undefined {
  const text = (inner: Node | undefined) => (inner === undefined ? undefined : write(inner, columnOf, "whole"));
  const part = (inner: Node | undefined) => (inner === undefined ? undefined : write(inner, columnOf, "part"));
  const atom = atomOf(node, columnOf, { text, part, columnOf });
  if (atom !== undefined) return atom;
  const composed = composedOf(node, { text, part, columnOf });
  return composed === undefined || as === "whole" ? composed : `(${composed})`;
}

interface Inner {
  readonly columnOf: ColumnOf;
  /** Of what stands inside, between commas. */
  text(node: Node | undefined): string | undefined;
  /** The same, in parentheses where it needs them. */
  part(node: Node | undefined): string | undefined;
}

/** What needs no parentheses wherever it stands. */
function atomOf(node: Node, columnOf: ColumnOf, inner: Inner): string | undefined {
  if ("ColumnRef" in node) {
    const column = columnOf(node.ColumnRef);
    return column && quote(column.name);
  }
  if ("A_Const" in node) return constant(node.A_Const);
  if ("TypeCast" in node) return withoutCast(node.TypeCast, columnOf);
  if ("FuncCall" in node) return call(node.FuncCall, inner);
  if ("CoalesceExpr" in node) return listed("coalesce", node.CoalesceExpr.args, inner);
  if ("MinMaxExpr" in node) return listed(node.MinMaxExpr.op === "IS_LEAST" ? "least" : "greatest", node.MinMaxExpr.args, inner);
  if ("A_ArrayExpr" in node) {
    const elements = all((node.A_ArrayExpr.elements ?? []).map(inner.text));
    return elements && `array[${elements.join(", ")}]`;
  }
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_NULLIF")
    return listed(
      "nullif",
      [node.A_Expr.lexpr, node.A_Expr.rexpr].flatMap((side) => side ?? []),
      inner,
    );
  return undefined;
}

function composedOf(node: Node, inner: Inner): string | undefined {
  if ("TypeCast" in node) return cast(node.TypeCast.arg, node.TypeCast.typeName, inner);
  if ("A_Expr" in node) return operation(node.A_Expr, inner);
  if ("FuncCall" in node) return atTimeZone(node.FuncCall, inner);
  if ("BoolExpr" in node) return combination(node.BoolExpr.boolop, node.BoolExpr.args ?? [], inner);
  if ("NullTest" in node) return after(inner.part(node.NullTest.arg), node.NullTest.nulltesttype === "IS_NULL" ? "is null" : "is not null");
  if ("BooleanTest" in node) return after(inner.part(node.BooleanTest.arg), booleanTests[node.BooleanTest.booltesttype ?? "IS_TRUE"]);
  if ("CaseExpr" in node) return choice(node.CaseExpr, inner);
  if ("CollateClause" in node)
    return after(inner.part(node.CollateClause.arg), `collate ${namesIn(node.CollateClause.collname).map(quote).join(".")}`);
  return "A_Indirection" in node ? element(node.A_Indirection, inner) : undefined;
}

const after = (text: string | undefined, more: string | undefined, between = " ") =>
  text === undefined || more === undefined ? undefined : text + between + more;

export const booleanTests: Readonly<Record<NonNullable<BooleanTest["booltesttype"]>, string>> = {
  IS_TRUE: "is true",
  IS_NOT_TRUE: "is not true",
  IS_FALSE: "is false",
  IS_NOT_FALSE: "is not false",
  IS_UNKNOWN: "is unknown",
  IS_NOT_UNKNOWN: "is not unknown",
};

function all(texts: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = texts.flatMap((text) => text ?? []);
  return known.length === texts.length ? known : undefined;
}

function listed(name: string, args: readonly Node[] = [], { text }: Inner): string | undefined {
  const written = all(args.map(text));
  return written && `${name}(${written.join(", ")})`;
}

function constant({ isnull, sval, ival, fval, boolval }: A_Const): string | undefined {
  if (isnull) return "null";
  if (sval) return literal(sval.sval ?? "");
  if (boolval) return String(boolval.boolval ?? false);
  if (fval) return fval.fval;
  return ival ? String(ival.ival ?? 0) : undefined;
}

/** Aggregates and window functions of Postgres's own (`prokind` in pg_proc) that look like a call of any function. */
const aggregates = new Set(
  `
  any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp every json_agg json_object_agg
  jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc range_agg range_intersect_agg regr_avgx regr_avgy regr_count
  regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance xmlagg
`
    .trim()
    .split(/\s+/),
);

function call(node: FuncCall, { text }: Inner): string | undefined {
  const { funcname, args = [], agg_star, agg_distinct, agg_order, agg_filter, agg_within_group, over, func_variadic } = node;
  const names = namesIn(funcname);
  const ours = names.length === 1 || names[0] === "pg_catalog";
  const name = names.at(-1) ?? "";
  if (agg_star || agg_distinct || agg_order || agg_filter || agg_within_group || over || func_variadic) return undefined;
  if ((ours && aggregates.has(name)) || isTimeZone(node)) return undefined;
  const [first, second] = args;
  if (node.funcformat === "COERCE_SQL_SYNTAX" && name === "extract" && first && "A_Const" in first)
    return after(after(`extract(${literal(first.A_Const.sval?.sval ?? "")} from`, text(second)), ")", "");
  const written = all(args.map(text));
  return written && `${(ours ? [name] : names).map(quoteCalled).join(".")}(${written.join(", ")})`;
}

const isTimeZone = ({ funcname, funcformat }: FuncCall) => funcformat === "COERCE_SQL_SYNTAX" && namesIn(funcname).at(-1) === "timezone";

function atTimeZone(node: FuncCall, { part }: Inner): string | undefined {
  const [zone, time] = node.args ?? [];
  return isTimeZone(node) ? after(part(time), part(zone), " at time zone ") : undefined;
}

/** Keywords that no function is called by without quotes (https://www.postgresql.org/docs/current/sql-keywords-appendix.html). */
const keywords = new Set(["bit", "char", "extract", "interval", "position", "time", "timestamp", "trim", "xmlexists"]);

const quoteCalled = (name: string) => (keywords.has(name) ? `"${name}"` : quote(name));

/** Operators of Postgres's own stand bare, those of a schema as they were written. */
function operation({ kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr, inner: Inner): string | undefined {
  const names = namesIn(name);
  const operator = names.length > 1 ? `operator(${names.slice(0, -1).map(quote).join(".")}.${names.at(-1)})` : names.at(-1);
  if (kind === "AEXPR_IN" || kind === "AEXPR_OP_ANY" || kind === "AEXPR_OP_ALL") return among(kind, operator, lexpr, rexpr, inner);
  const left = inner.part(lexpr);
  const right = constantBeside(lexpr, rexpr, inner.columnOf) ?? inner.part(rexpr);
  if (kind === "AEXPR_DISTINCT") return after(left, right, " is distinct from ");
  if (kind === "AEXPR_NOT_DISTINCT") return after(left, right, " is not distinct from ");
  if (!["AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE"].includes(kind) || operator === undefined) return undefined;
  return lexpr ? after(left, right, ` ${operator} `) : after(operator, right);
}

/** A list of constants is written as IN, in whichever way it was said. */
function among(
  kind: string,
  operator: string | undefined,
  left: Node | undefined,
  right: Node | undefined,
  inner: Inner,
): string | undefined {
  const key = inner.part(left);
  const written = right && listOf(right, inner);
  const word = kind === "AEXPR_OP_ANY" ? "any" : kind === "AEXPR_OP_ALL" ? "all" : "in";
  const isIn = (operator === "=" && word !== "all") || (operator === "<>" && word !== "any");
  if (key === undefined || !written || written.length === 0 || !isIn) return undefined;
  return `${key} ${operator === "=" ? "in" : "not in"} (${written.join(", ")})`;
}

function listOf(node: Node, { text }: Inner): readonly string[] | undefined {
  if ("List" in node) return all((node.List.items ?? []).map(text));
  if ("A_ArrayExpr" in node) return all((node.A_ArrayExpr.elements ?? []).map(text));
  if (!("TypeCast" in node) || !node.TypeCast.arg || !("A_Const" in node.TypeCast.arg)) return undefined;
  const { arg, typeName: type = {} } = node.TypeCast;
  return elementsOf(arg.A_Const.sval?.sval ?? "")?.map((element) => numberIn(element, type) ?? literal(element));
}

function combination(operator: string | undefined, args: readonly Node[], { part }: Inner): string | undefined {
  const parts = all(args.map(part));
  if (operator === "NOT_EXPR") return parts && `not ${parts.join("")}`;
  return parts?.join(operator === "OR_EXPR" ? " or " : " and ");
}

function choice({ arg, args = [], defresult }: CaseExpr, { text, part }: Inner): string | undefined {
  const branches = args.map((when) => {
    if (!("CaseWhen" in when)) return undefined;
    return after(after("when", text(when.CaseWhen.expr)), text(when.CaseWhen.result), " then ");
  });
  const otherwise = defresult ? [after("else", text(defresult))] : [];
  const pieces = all([...(arg ? [part(arg)] : []), ...branches, ...otherwise]);
  return pieces && `case ${pieces.join(" ")} end`;
}

/** One element of an array, or of jsonb. */
function element({ arg, indirection = [] }: A_Indirection, { text, part }: Inner): string | undefined {
  const places = indirection.map((step) =>
    "A_Indices" in step && !step.A_Indices.is_slice ? after(after("[", text(step.A_Indices.uidx), ""), "]", "") : undefined,
  );
  const written = all([part(arg), ...places]);
  return written?.join("");
}

const cast = (arg: Node | undefined, type: TypeName | undefined, { part }: Inner): string | undefined =>
  type && after(part(arg), typeName(type), "::");

/** As the catalog prints it; a type of a schema keeps that. */
function typeName(type: TypeName): string | undefined {
  const names = namesIn(type.names);
  const name = names.at(-1) ?? "";
  if (name === "interval" && (type.typmods ?? []).length > 0) return undefined;
  const shape = typeShape({ ...type, names: [{ String: { sval: name } }] });
  if (names.length === 1 || names[0] === "pg_catalog") {
    const words = shape.name === name ? quote(name) : shape.name;
    return typeText({ ...shape, name: words });
  }
  return typeText({ ...shape, name: names.map(quote).join(".") });
}
