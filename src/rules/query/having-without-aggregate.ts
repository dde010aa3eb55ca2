import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { hasAggregate } from "../../sql/aggregates.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { conjunctsOf, type Level } from "../../sql/level.ts";
import { strictFunctions } from "../../sql/nulls.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { isGroupedTwice } from "../../sql/unique.ts";
import { isSteady } from "../../sql/volatile.ts";
import { walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** Subqueries that a join can answer for all rows at once. A scalar one would be asked for each row instead of each group. */
const joinable = new Set(["ANY_SUBLINK", "EXISTS_SUBLINK"]);

/** Whether a node says the same of all rows of a group. A function that we do not know may be an aggregate, or volatile. */
function isOfRows(kind: string, node: object, query: Query<Table>): boolean {
  if (kind === "GroupingFunc") return false;
  const call = "funcname" in node ? namesIn(node.funcname as readonly Node[]) : undefined;
  if (call) return isSteady(call) || strictFunctions.has(call.at(-1) ?? "");
  if (!("subLinkType" in node) || !("subselect" in node)) return true;
  const inside = query.levelOf(node.subselect as Node);
  return joinable.has(String(node.subLinkType)) && !hasAggregate(inside?.expressions);
}

/** Whether a condition of HAVING could as well be tested before grouping. */
function couldComeFirst(condition: Node, level: Level<Table>, query: Query<Table>): boolean {
  const visits = [...walkExpression(condition)];
  const columns = visits.flatMap(({ kind, node }) => (kind === "ColumnRef" ? [node] : []));
  // MySQL takes the name of a result column here.
  const isOutput = columns.some(({ fields }) => level.targets.some(({ name }) => name !== undefined && name === namesIn(fields)[0]));
  const reads = (query.itemsIn(condition, level)?.size ?? 0) > 0;
  return reads && !isOutput && !hasAggregate(condition) && visits.every(({ kind, node }) => isOfRows(kind, node, query));
}

/** The statement with these conditions in WHERE. */
function moved(conditions: readonly Node[], level: Level<Table>, query: Query<Table>): string | undefined {
  const { select } = level;
  const { source } = query.statement;
  const clauses = clausesOf(level, query.statement);
  const kept = conjunctsOf(select?.havingClause).filter((node) => !conditions.includes(node));
  const first = select?.havingClause && query.spanOf(select.havingClause);
  if (!clauses?.from || !first || (select?.windowClause ?? []).length > 0) return undefined;

  const before = clauses.where ?? clauses.from;
  const group = source
    .slice(before.end, first.start)
    .replace(/having[\s(]*$/i, "")
    .trimEnd();
  const end = source.slice(0, clauses.end?.start ?? clauses.whole.end).trimEnd().length;
  const words = (nodes: readonly Node[]) => nodes.map((node) => wordsOf(node, query)).join(" and ");
  const where = clauses.where && select?.whereClause && source.slice(clauses.where.start, clauses.where.end);
  const whole = where && (isChoice(select?.whereClause) ? `(${where})` : where);
  const anew = `${whole ? `${whole} and` : " where"} ${words(conditions)}${group}${kept.length > 0 ? ` having ${words(kept)}` : ""}`;
  return query.replacing({ ...first, start: clauses.where?.start ?? before.end, end }, anew);
}

const isChoice = (node: Node | undefined) => node !== undefined && "BoolExpr" in node && node.BoolExpr.boolop === "OR_EXPR";

function wordsOf(node: Node, query: Query<Table>): string {
  const span = query.spanOf(node);
  const text = span ? query.textOf(span) : "";
  return isChoice(node) ? `(${text})` : text;
}

export default queryRule({
  id: "query/having-without-aggregate",
  severity: "info",

  *check(query) {
    for (const level of query.levels.filter((each) => each.group.length > 0 && !isGroupedTwice(each))) {
      const conditions = conjunctsOf(level.select?.havingClause).filter((node) => couldComeFirst(node, level, query));
      const [first] = conditions;
      const span = first && query.spanOf(first);
      if (!span) continue;
      const stays = conditions.find((node) => [...walkExpression(node)].some(({ kind }) => kind === "SubLink"));
      const texts = (stays ? [stays] : conditions).map((node) => wordsOf(node, query)).join(" and ");
      yield {
        message: stays
          ? `${texts} has no aggregate, but in HAVING Postgres groups all rows before it asks the subquery. In WHERE it asks first and groups only what is left.`
          : `${texts} has no aggregate: it chooses rows, not groups, and belongs in WHERE, where Postgres moves it anyway.`,
        span: stays ? query.spanOf(stays) : span,
        fix: moved(conditions, level, query),
        severity: stays ? "warning" : "info",
      };
    }
  },
});
