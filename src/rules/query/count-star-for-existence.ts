import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { hasAggregate } from "../../sql/aggregates.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { type CountTest, countIn, countTestIn } from "../../sql/count-test.ts";
import { type Level, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import { canBeNull } from "../../sql/nulls.ts";
import type { Query } from "../../sql/query.ts";
import { openItems } from "../../sql/unique.ts";
import { queryRule } from "../rule.ts";

/** Fewer rows than this are counted as quickly as one is found. */
const MANY = 1000;

/** The query whose only result is the count that a test asks about. */
function counting({ counted }: CountTest, level: Level<Table>, query: Query<Table>): Level<Table> | undefined {
  if ("SubLink" in counted) {
    const inside = counted.SubLink.subLinkType === "EXPR_SUBLINK" ? query.levelOf(counted.SubLink.subselect) : undefined;
    return inside?.targets.length === 1 && countIn(inside.targets[0]?.val) ? inside : undefined;
  }
  return countIn(counted) && level.targets.length === 1 && isOnlyTest(level.targets[0]?.val, counted) ? level : undefined;
}

/** `count(*) > 0`, or CASE of it: nothing else is asked of the rows. */
function isOnlyTest(value: Node | undefined, counted: Node): boolean {
  if (!value) return false;
  if (countTestIn(value)?.counted === counted) return true;
  if (!("CaseExpr" in value)) return false;
  const [when, ...more] = value.CaseExpr.args ?? [];
  if (!when || !("CaseWhen" in when) || more.length > 0 || hasAggregate([when.CaseWhen.result, value.CaseExpr.defresult])) return false;
  return isOnlyTest(when.CaseWhen.expr, counted);
}

/** Whether many rows may be counted: HAVING and GROUP BY ask something else, a key or LIMIT leaves few. */
function countsMany(level: Level<Table>, query: Query<Table>): boolean {
  const { kind, group, select, items } = level;
  if (kind !== "select" || group.length > 0 || select?.havingClause || items.length === 0) return false;
  if (items.some(({ body }) => body?.limit)) return false;
  const isSmall = items.every(({ kind, table }) => kind === "function" || (table?.rows ?? MANY) < MANY);
  return !isSmall && openItems([], level, query).length > 0;
}

/** EXISTS in place of the test, for a subquery of FROM and WHERE that counts what is never NULL. */
function asExists(query: Query<Table>, node: Node, { isFound, counted }: CountTest, inside: Level<Table>): string | undefined {
  const { limit, offset, select } = inside;
  const [argument] = countIn(inside.targets[0]?.val)?.args ?? [];
  const isPlain = "SubLink" in counted && !limit && !offset && !select?.withClause && !select?.distinctClause;
  const clauses = isPlain ? clausesOf(inside, query.statement) : undefined;
  const span = query.spanOf(node);
  if (!clauses?.from || !span || (argument && canBeNull(argument, inside) !== false)) return undefined;
  const { source } = query.statement;
  const condition = clauses.where ? ` where ${source.slice(clauses.where.start, clauses.where.end)}` : "";
  return query.replacing(
    span,
    `${isFound ? "" : "not "}exists (select from ${source.slice(clauses.from.start, clauses.from.end)}${condition})`,
  );
}

export default queryRule({
  id: "query/count-star-for-existence",
  severity: "warning",

  *check(query) {
    for (const { node, level } of query.nodes()) {
      const test = countTestIn(node);
      const inside = test && counting(test, level, query);
      const [first] = inside?.items ?? [];
      if (!test || !inside || !first || !countsMany(inside, query)) continue;
      yield {
        message: `The count reads every row of ${sizedNameOf(first)} that matches, only to learn whether there is one. ${test.isFound ? "EXISTS" : "NOT EXISTS"} stops at the first.`,
        span: query.spanOf(node),
        object: nameOfItem(first).toString(),
        fix: asExists(query, node, test, inside),
      };
    }
  },
});
