import type { A_Expr, Node } from "@pgsql/types";
import { replaceAll } from "../sql/expression.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";

export const rangeOperators: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

/** Along which values of a type can be laid. */
interface Scale {
  readonly types: RegExp;
  /** One value and the next. */
  readonly unit: string;
  /** What a range starts or ends at that is no constant. */
  readonly start: string;
}

const scales: readonly Scale[] = [
  { types: /^(?:smallint|integer|bigint|numeric|real|double precision)/, unit: "1", start: "0" },
  { types: /^date$/, unit: "30", start: "current_date" },
  { types: /^timestamp/, unit: "interval '30 days'", start: "now()" },
];

export const scaleOf = (type: string | undefined): Scale | undefined =>
  type === undefined ? undefined : scales.find(({ types }) => types.test(type));

/** Of the two values of BETWEEN the later one is so many units after the first. */
const WIDTH = 10;

/**
 * The statement with values for parameters that a range of these columns starts or ends at: of a parameter the planner takes
 * the same default whatever the statistics say (`DEFAULT_INEQ_SEL` in src/include/utils/selfuncs.h).
 */
export async function withValues(
  statement: Statement,
  columns: readonly { readonly column: string; readonly type: string }[],
): Promise<Statement> {
  const types = new Map(columns.map(({ column, type }) => [column, type]));
  const replacements = [...walk(statement.tree)].flatMap(({ kind, node }) => (kind === "A_Expr" ? valuesIn(node, types) : []));
  if (replacements.length === 0) return statement;
  const [changed] = await parseStatements(replaceAll(statement.source, statement, replacements));
  return changed ?? statement;
}

function valuesIn({ kind, name, lexpr, rexpr }: A_Expr, types: ReadonlyMap<string, string>) {
  const isBetween = kind === "AEXPR_BETWEEN";
  if (!lexpr || !rexpr || !(isBetween || rangeOperators.has(namesIn(name).at(-1) ?? ""))) return [];
  const values = "List" in rexpr ? (rexpr.List.items ?? []) : [rexpr];
  const type = types.get([lexpr, ...values].flatMap(columnIn)[0] ?? "");
  const scale = scaleOf(type);
  if (!scale) return [];
  return [...values, lexpr].flatMap((side, place) => {
    const parameter = parameterIn(side);
    if (!parameter) return [];
    const by = isBetween && place === 1 ? `${scale.start} + ${WIDTH} * ${scale.unit}` : scale.start;
    return [{ ...parameter, by: `(${by})::${type}` }];
  });
}

const columnIn = (node: Node): readonly string[] => ("ColumnRef" in node ? namesIn(node.ColumnRef.fields).slice(-1) : []);

function parameterIn(node: Node): { readonly start: number; readonly end: number } | undefined {
  if ("TypeCast" in node && node.TypeCast.arg) return parameterIn(node.TypeCast.arg);
  if (!("ParamRef" in node)) return undefined;
  const { location: start = 0, number = 0 } = node.ParamRef;
  return { start, end: start + `$${number}`.length };
}
