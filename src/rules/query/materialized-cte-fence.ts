import type { CommonTableExpr } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import type { Span } from "../../finding.ts";
import { hasAggregate } from "../../sql/aggregates.ts";
import { bothWays, type Comparison, comparisonsIn, isIndexedBy } from "../../sql/conditions.ts";
import { type Token, tokensOf } from "../../sql/grammar.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import { spanOf } from "../../sql/position.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { columnsOf, outputsOf, resolve, type Use } from "../../sql/scope.ts";
import { distinctOn, groupsOf } from "../../sql/unique.ts";
import { isSteady } from "../../sql/volatile.ts";
import { walk } from "../../sql/walk.ts";
import { type WithQuery, withQueries } from "../../sql/with-queries.ts";
import { queryRule } from "../rule.ts";

/** Fewer rows than this cost no more to read whole than to look up. */
const MANY = 1000;

const isForced = ({ ctematerialized }: CommonTableExpr) => ctematerialized === "CTEMaterializeAlways";

/** A condition that stops at a WITH query, and the column of a table below it that it is about. */
interface Stopped {
  readonly condition: Comparison;
  readonly use: Use<Table>;
}

/** Whether Postgres would take the query into the one that reads it, and a condition through its columns, if it were let. */
function canBeInlined({ node, level }: WithQuery<Table>): boolean {
  const { kind, limit, offset, select } = level;
  if (kind !== "select" || limit || offset || select?.lockingClause || distinctOn(level)) return false;
  return [...walk(node.ctequery)].every((visit) => {
    if (visit.kind !== "FuncCall") return true;
    const isKnown = isSteady(namesIn(visit.node.funcname)) || hasAggregate({ FuncCall: { ...visit.node, args: [] } });
    return isKnown && !visit.node.over;
  });
}

/** The column of a table that a column of a WITH query is, if an index of the table would find its values. */
function indexedColumn(name: string, item: Item<Table>, body: Level<Table>, query: Query<Table>): Use<Table> | undefined {
  const from = outputsOf(body)?.[columnsOf(item)?.indexOf(name) ?? -1]?.from;
  const use = from && "node" in from ? ("ColumnRef" in from.node ? resolve(from.node.ColumnRef, body) : undefined) : from;
  if (use?.level !== body || use.item.kind !== "relation" || (use.table?.rows ?? MANY) < MANY) return undefined;
  const isGrouped = groupsOf(body, query).some((node) => {
    const group = "ColumnRef" in node ? resolve(node.ColumnRef, body) : undefined;
    return group?.item === use.item && group.name === use.name;
  });
  if (!isGrouped && (body.group.length > 0 || hasAggregate(body.targets.map(({ val }) => val)))) return undefined;
  return isIndexedBy(new Set([use.name]), use.table) && !query.isNarrowed(use.item, body) ? use : undefined;
}

const operators = new Set(["=", "<", ">", "<=", ">=", "between"]);

/** The condition of a reader that would reach an index. */
function stoppedAt({ item, level }: { item: Item<Table>; level: Level<Table> }, body: Level<Table>, query: Query<Table>) {
  const kept = level.joins.filter(({ kind }) => kind === "inner").flatMap(({ on }) => on);
  const conditions = item.nullable ? [] : [...level.where, ...kept].filter((node) => !("BoolExpr" in node));
  for (const condition of conditions.flatMap(comparisonsIn).flatMap(bothWays)) {
    const { left, right, operator } = condition;
    const named = "ColumnRef" in left && operators.has(operator) ? resolve(left.ColumnRef, level) : undefined;
    if (named?.item !== item || query.itemsIn(right, level)?.size !== 0) continue;
    const use = indexedColumn(named.name, item, body, query);
    if (use) return { condition, use };
  }
  return undefined;
}

/** Of a query that is computed once for several readers, each must ask for few rows. */
function stopped(each: WithQuery<Table>, query: Query<Table>): Stopped | undefined {
  const found = each.readers.map((reader) => stoppedAt(reader, each.level, query));
  const isFew = found.every((one) => one && (found.length === 1 || one.condition.operator === "="));
  return isFew ? found[0] : undefined;
}

interface Words {
  readonly as: Span;
  readonly materialized: Span | undefined;
}

/** Where AS stands, and MATERIALIZED after it. */
function wordsOf({ span }: WithQuery<Table>, { statement: { text, start, source } }: Query<Table>): Words | undefined {
  const tokens = tokensOf(text);
  const at = tokens.findIndex((token) => start + token.start >= span.end && token.text.toLowerCase() === "as");
  const [as, next] = [tokens[at], tokens[at + 1]];
  const spanOfToken = (token: Token) => spanOf(source, start + token.start, start + token.end);
  return as && { as: spanOfToken(as), materialized: next?.text.toLowerCase() === "materialized" ? spanOfToken(next) : undefined };
}

/** A query that is read once is inlined unless told otherwise. */
function inlined({ as, materialized }: Words, { readers }: WithQuery<Table>, query: Query<Table>): string | undefined {
  if (materialized && readers.length === 1) return query.replacing({ ...materialized, start: as.end }, "");
  return query.replacing({ ...as, start: as.end }, materialized ? " not" : " not materialized");
}

const isFence = ({ node, readers }: WithQuery<Table>) =>
  isForced(node) || (node.ctematerialized !== "CTEMaterializeNever" && readers.length > 1);

function messageOf({ name, node, readers }: WithQuery<Table>, { condition, use }: Stopped, query: Query<Table>): string {
  const place = query.spanOf(condition.node);
  const tested = place ? query.textOf(place) : "the condition";
  const reason = isForced(node)
    ? `MATERIALIZED makes Postgres compute all of ${name}`
    : `${name} is read ${readers.length} times, so Postgres computes all of it`;
  return `${reason} before it tests ${tested}, which an index of ${nameOfItem(use.item)} ${use.table ? "would" : "might"} serve.`;
}

export default queryRule({
  id: "query/materialized-cte-fence",
  severity: "warning",

  *check(query) {
    for (const each of withQueries(query)) {
      const found = isFence(each) && canBeInlined(each) ? stopped(each, query) : undefined;
      const words = found && wordsOf(each, query);
      if (!words) continue;
      yield {
        message: messageOf(each, found, query),
        span: words.materialized ?? each.span,
        object: each.name,
        ...(isForced(each.node) && found.use.table ? {} : { severity: "info" as const }),
        fix: inlined(words, each, query),
      };
    }
  },
});
