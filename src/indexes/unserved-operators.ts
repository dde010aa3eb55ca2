import type { A_Expr } from "@pgsql/types";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { spanOfNode } from "../sql/expression.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { quote, unquote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import { candidateOf } from "./candidate.ts";
import { ascending } from "./key.ts";
import type { Variant } from "./unserved.ts";
import { type Asking, isSameKey, type Scene } from "./unused.ts";
import type { Condition } from "./wishes.ts";

/** Operators by the words of their statements. */
const words: Readonly<Record<string, string>> = { "~~": "LIKE", "~~*": "ILIKE", "!~~": "NOT LIKE", "!~~*": "NOT ILIKE" };

export const spelled = (operator: string): string => words[operator] ?? operator;

/** That say what is not. */
export const isNegative = (operator: string): boolean => operator === "<>" || operator.startsWith("!");

interface Kind {
  readonly method: string;
  readonly operators?: string;
  readonly extension?: string;
}

const btree: Kind = { method: "btree" };
const pattern: Kind = { method: "btree", operators: "text_pattern_ops" };
const gin: Kind = { method: "gin" };
const paths: Kind = { method: "gin", operators: "jsonb_path_ops" };
const gist: Kind = { method: "gist" };

/** What may serve an operator, in the order in which they are named to whom they would. */
function kindsFor(operator: string, extensions: Scene["extensions"]): readonly Kind[] {
  const schema = extensions.get("pg_trgm");
  const trigrams: Kind = {
    method: "gin",
    operators: `${quote(schema ?? "public")}.gin_trgm_ops`,
    ...(schema === undefined && { extension: "pg_trgm" }),
  };
  if (["=", "<", "<=", ">", ">=", "is null", "is not null"].includes(operator)) return [btree];
  if (["~~", "~"].includes(operator)) return [pattern, trigrams];
  if (["~~*", "~*", "%"].includes(operator)) return [trigrams];
  return ["@>", "@?", "@@"].includes(operator) ? [gin, paths, gist] : [gin, gist];
}

export const nameOfKind = ({ method, operators }: Kind) =>
  operators === undefined ? nameOfMethod(method) : `${nameOfMethod(method)} with ${operators.replace(/^.*\./, "")}`;

const methods: Readonly<Record<string, string>> = { btree: "a B-tree", gin: "GIN", gist: "GiST", brin: "BRIN", hash: "a hash index" };
const nameOfMethod = (method: string) => methods[method] ?? method;

/** The same key by another method or operator class. */
export function* otherOperators({ index, trial: { candidate }, extensions }: Scene, conditions: readonly Condition[]): Generator<Variant> {
  const own = nameOfKind(kindOf(index));
  for (const about of conditions.filter((condition) => isSameKey(condition.key, index.keys[0]))) {
    const { key, operator } = about;
    for (const kind of isNegative(operator) ? [] : kindsFor(operator, extensions)) {
      if (nameOfKind(kind) === own) continue;
      const { operators, ...method } = kind;
      yield {
        candidates: [candidateOf(candidate.table, [{ ...key, ...(operators !== undefined && { operators }) }], method)],
        reason: reasonFor(own, kind, operator),
        about,
      };
    }
  }
}

const kindOf = ({ method, operatorClasses: [operators = ""] }: Index): Kind =>
  /pattern|trgm|path/.test(operators) ? { method, operators } : { method };

function reasonFor(own: string, kind: Kind, operator: string): string {
  if (kind === pattern && own === nameOfKind(btree))
    return `${spelled(operator)} is served by a B-tree with text_pattern_ops, since the column is not sorted by bytes`;
  return `${own} does not serve ${spelled(operator)} here, ${nameOfKind(kind)} does`;
}

/** `x = any (tags)` is served by no index; `tags @> array[x]` finds the same rows and is. */
export async function containing({ index, trial: { candidate } }: Scene, { planned: { statement } }: Asking): Promise<readonly Variant[]> {
  const column = candidate.table.columns.find(({ name }) => name === unquote(index.keys[0] ?? ""));
  const variants: Variant[] = [];
  for (const { kind, node } of column?.type.endsWith("[]") ? walk(statement.tree) : []) {
    const written = kind === "A_Expr" && node.kind === "AEXPR_OP_ANY" ? rewritten(node, statement, column) : undefined;
    if (!written) continue;
    const [changed] = await parseStatements(written.text);
    const isGin = index.method === "gin";
    variants.push({
      candidates: isGin ? [] : [candidateOf(candidate.table, [ascending(column?.name ?? "")], { method: "gin" })],
      ...(isGin && { stands: "beside" as const }),
      ...(changed && { statement: changed }),
      reason: `${written.condition} is served by no index; GIN serves ${written.instead}`,
    });
  }
  return variants;
}

function rewritten(node: A_Expr, statement: Statement, column: Table["columns"][number] | undefined) {
  const { source } = statement;
  const [value, array, all] = [node.lexpr, node.rexpr, { A_Expr: node }].map((each) => each && spanOfNode(each, statement));
  const names = node.rexpr && "ColumnRef" in node.rexpr ? namesIn(node.rexpr.ColumnRef.fields) : [];
  if (!value || !array || !all || !column || names.at(-1) !== column.name || namesIn(node.name).at(-1) !== "=") return undefined;
  const text = (span: { readonly start: number; readonly end: number }) => source.slice(span.start, span.end);
  const instead = `${text(array)} @> array[${text(value)}]::${column.type}`;
  const before = source.slice(statement.start, all.start);
  return { condition: text(all), instead, text: `${before}(${instead})${source.slice(all.end, statement.end)}` };
}
