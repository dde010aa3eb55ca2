import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { type Concatenation, concatenationsIn, isOfText } from "../../sql/concatenation.ts";
import { replaceAll, shape } from "../../sql/expression.ts";
import { type Level, nameOfItem } from "../../sql/level.ts";
import { checkedBy, provesNotNull } from "../../sql/not-null-proof.ts";
import { canBeNull } from "../../sql/nulls.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Use } from "../../sql/scope.ts";
import { columnType } from "../../sql/value-type.ts";
import { type Visit, walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

interface Operand {
  readonly node: Node;
  readonly use: Use<Table>;
}

/** Whoever asks for NULL, or says what to do with it, has thought of it; ORDER BY and GROUP BY put it in its place. */
const minding = new Set(["CoalesceExpr", "NullTest", "SortBy"]);
const skipping = new Set(["concat", "concat_ws", "num_nulls", "num_nonnulls"]);

const mindsNull = (around: readonly Visit[]) =>
  around.some(({ kind, node }) => minding.has(kind) || (kind === "FuncCall" && skipping.has(namesIn(node.funcname).at(-1) ?? "")));

/** The branches of a CASE around that ask something of the column. */
const isTestedAround = (use: Use<Table>, around: readonly Visit[], level: Level<Table>, query: Query<Table>) =>
  around.some(
    ({ kind, node }) =>
      kind === "CaseExpr" &&
      (node.args ?? []).some((arm) => "CaseWhen" in arm && columnsIn(arm.CaseWhen.expr, level, query).some((other) => isSame(other, use))),
  );

const isSame = (one: Use<Table>, other: Use<Table>) => one.item === other.item && one.name === other.name;

const columnsIn = (node: Node | undefined, level: Level<Table>, query: Query<Table>): readonly Use<Table>[] =>
  [...walkExpression(node)].flatMap(({ kind, node: inner }) => (kind === "ColumnRef" ? (query.columnOf(inner, level) ?? []) : []));

/** The catalog knows of no NOT NULL in the columns of a view, though there may be none in them. */
function mayHoldNull({ item, table, name }: Use<Table>): boolean {
  if (item.nullable) return true;
  if (table?.kind !== "table" && table?.kind !== "partitioned table") return false;
  return !table.constraints.some(
    ({ kind, validated, enforced, definition }) => kind === "check" && validated && enforced && provesNotNull(checkedBy(definition), name),
  );
}

/** The operands that can be NULL, if the result is text. */
function nullableIn({ operands, around }: Concatenation, level: Level<Table>, query: Query<Table>): readonly Operand[] {
  if (mindsNull(around) || !isOfText(operands, level, query)) return [];
  return operands.flatMap((node) => {
    const [use, ...others] = columnsIn(node, level, query);
    if (!use || others.length > 0 || canBeNull(node, level) !== true) return [];
    return mayHoldNull(use) && !isTestedAround(use, around, level, query) ? [{ node, use }] : [];
  });
}

/** Each of them as an empty text where it is NULL; only for plain columns. */
function fixFor({ node }: Concatenation, nullable: readonly Operand[], query: Query<Table>): string | undefined {
  const whole = query.spanOf(node);
  const parts = nullable.flatMap((operand) => {
    const span = "ColumnRef" in operand.node ? query.spanOf(operand.node) : undefined;
    const type = columnType(operand.use.column);
    const isText = type && /^(?:text|character)/.test(type.name);
    return span && type ? [{ ...span, by: `coalesce(${query.textOf(span)}${isText ? "" : "::text"}, '')` }] : [];
  });
  if (!whole || parts.length < nullable.length) return undefined;
  return query.replacing(whole, replaceAll(query.statement.source, whole, parts));
}

const isConstant = (node: Node) => "A_Const" in node;

export default queryRule({
  id: "query/string-concat-null",
  severity: "warning",

  *check(query) {
    const seen = new Set<string>();
    for (const level of query.levels) {
      const chains = concatenationsIn(level);
      for (const chain of chains) {
        const nullable = nullableIn(chain, level, query);
        const [first] = nullable;
        const span = query.spanOf(chain.node);
        const mistake = `${query.levels.indexOf(level)} ${shape(chain.node)}`;
        if (!first || !span || seen.has(mistake)) continue;
        seen.add(mistake);
        const names = nullable.map(({ use }) => `${nameOfItem(use.item)}.${use.name}`);
        // A lone value that is NULL stays so; what an UPDATE adds to it is lost.
        const isAlone = level.kind !== "update" && chain.operands.filter((node) => !isConstant(node)).length === 1;
        yield {
          message: `${[...new Set(names)].join(" and ")} can be NULL, and then the whole of ${query.textOf(span)} is NULL.`,
          span,
          object: names[0],
          ...(isAlone ? { severity: "info" as const } : {}),
          // In SELECT and GROUP BY it must stay the same.
          fix: chains.some((other) => other !== chain && shape(other.node) === shape(chain.node))
            ? undefined
            : fixFor(chain, nullable, query),
        };
      }
    }
  },
});
