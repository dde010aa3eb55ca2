import type { A_Expr, FuncCall, Node, TypeCast } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { hasAggregate } from "../sql/aggregates.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { tellsApart } from "../sql/unique.ts";
import { type Inner, walkExpression } from "../sql/walk.ts";

/**
 * Whether an expression may end the statement with an error for some row, as a division by 0 does. Where it is computed for
 * rows that other conditions left out before, the rewritten statement may fail where the original does not. Numbers that are
 * too large for their type are not looked for.
 */
export const mayFail = (expression: unknown, level: Level<Table>, query: Query<Table>): boolean =>
  [...walkExpression(expression)].some(({ kind, node }) => {
    if (kind === "A_Expr") return mayNotCompute(node);
    if (kind === "FuncCall") return readsRow(node.args) && mayRefuse(node, level, query);
    if (kind === "TypeCast") return readsRow(node.arg) && mayNotFit(node, level, query);
    return kind === "SubLink" && mayFindSeveral(node, query);
  });

/** What is computed of constants is the same for every row. */
const readsRow = (expression: unknown) => [...walkExpression(expression)].some(({ kind }) => kind === "ColumnRef" || kind === "SubLink");

const matching = new Set(["~", "~*", "!~", "!~*"]);
const matchingKinds: ReadonlySet<string> = new Set(["AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR"]);

function mayNotCompute({ kind = "AEXPR_OP", name, rexpr }: A_Expr): boolean {
  const operator = namesIn(name).at(-1) ?? "";
  if (operator === "/" || operator === "%") return !(rexpr && isNeverZero(rexpr));
  if (matching.has(operator) || matchingKinds.has(kind)) return readsRow(rexpr);
  return operator === "^" || operator === "|/";
}

function isNeverZero(node: Node): boolean {
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_NULLIF") return numberIn(node.A_Expr.rexpr) === 0;
  return ![0, undefined].includes(numberIn(node));
}

function numberIn(node: Node | undefined): number | undefined {
  if (!node || !("A_Const" in node)) return undefined;
  const { ival, fval } = node.A_Const;
  return ival ? (ival.ival ?? 0) : fval && Number(fval.fval);
}

/** Functions of Postgres's own that give a value for every argument. */
const total = new Set(
  `
  abs age array_length btrim cardinality ceil ceiling char_length concat concat_ws cume_dist date_part date_trunc dense_rank
  extract first_value floor initcap json_build_array jsonb_build_array jsonb_build_object lag last_value lead left length lower ltrim
  md5 now octet_length percent_rank rank replace reverse right round row_number row_to_json rtrim sign starts_with strpos
  timezone to_char to_json to_jsonb to_tsvector trim trunc unnest upper
`
    .trim()
    .split(/\s+/),
);

/** Whose other arguments only some values will do for. */
const totalInFirst = new Set("array_to_string regexp_replace split_part string_to_array substr substring".split(" "));

function mayRefuse({ over: _, ...call }: FuncCall, level: Level<Table>, query: Query<Table>): boolean {
  const names = namesIn(call.funcname);
  const [schema = "pg_catalog"] = names.slice(-2, -1);
  const name = names.at(-1) ?? "";
  const [first, ...others] = call.args ?? [];
  if (schema !== "pg_catalog") return true;
  if (name === "date" && first) return mayNotFit({ arg: first, typeName: { names: [{ String: { sval: name } }] } }, level, query);
  if (total.has(name) || (totalInFirst.has(name) && !readsRow(others))) return false;
  return !hasAggregate({ FuncCall: call }) || /object/.test(name);
}

const texts = new Set(["text", "varchar", "bpchar"]);
const families = [/^(?:smallint|integer|bigint|numeric|real|double)/, /^(?:date|timestamp)/];
const wider: readonly ReadonlySet<string>[] = [
  new Set(["int8", "numeric", "float4", "float8"]),
  new Set(["date", "timestamp", "timestamptz"]),
];
/** What they return, as a column's type would be called. */
const typeOfCall: Readonly<Record<string, string>> = {
  ...Object.fromEntries("avg ceil count date_part extract floor length round sum".split(" ").map((name) => [name, "numeric"])),
  ...Object.fromEntries("date_trunc timezone".split(" ").map((name) => [name, "timestamp"])),
};

/** Casts of a column's text, or to a smaller number. */
function mayNotFit({ arg, typeName }: TypeCast, level: Level<Table>, query: Query<Table>): boolean {
  const name = namesIn(typeName?.names).at(-1) ?? "";
  if (!arg || texts.has(name)) return false;
  const column = "ColumnRef" in arg ? query.columnOf(arg.ColumnRef, level)?.column?.type : undefined;
  const type = "FuncCall" in arg ? typeOfCall[namesIn(arg.FuncCall.funcname).at(-1) ?? ""] : column;
  const isNarrow = name === "numeric" && (typeName?.typmods ?? []).length > 0;
  return isNarrow || !families.some((family, at) => family.test(type ?? "") && wider[at]?.has(name));
}

/** A value that is looked up where there may be several. */
function mayFindSeveral({ subLinkType, subselect }: Inner<"SubLink">, query: Query<Table>): boolean {
  const inside = subLinkType === "EXPR_SUBLINK" ? query.levelOf(subselect) : undefined;
  return subLinkType === "EXPR_SUBLINK" && !(inside && tellsApart([], inside, query));
}
