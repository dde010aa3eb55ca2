import type { ColumnRef, ResTarget } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { quote } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { isVolatile } from "../../sql/volatile.ts";
import { walk, walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

const isStar = ({ fields = [] }: ColumnRef) => fields.some((field) => "A_Star" in field);

/** A column under its own name, or all of them. */
const isPassedOn = ({ name, val }: ResTarget) =>
  val !== undefined && "ColumnRef" in val && (name === undefined || name === namesIn(val.ColumnRef.fields).at(-1));

const hasAllColumns = ({ targets: [target, ...more] }: Level<Table>) =>
  more.length === 0 && target?.val !== undefined && "ColumnRef" in target.val && isStar(target.val.ColumnRef);

/** The table whose rows a query hands on as they are, all or those that WHERE lets through. */
function handedOn(body: Level<Table>): Item<Table> | undefined {
  const { kind, items, group, order, limit, offset, select, targets } = body;
  const [only, ...more] = items;
  if (kind !== "select" || !select || more.length > 0 || (only?.kind !== "relation" && only?.kind !== "cte")) return undefined;
  const isMore = [select.distinctClause, select.havingClause, select.withClause, select.lockingClause, select.windowClause, limit, offset];
  if (group.length > 0 || order.length > 0 || isMore.some((clause) => clause !== undefined)) return undefined;
  const isPlain = [...walk([select.fromClause, select.whereClause])].every(
    ({ kind, node }) => kind !== "RangeTableSample" && !(kind === "FuncCall" && isVolatile(namesIn(node.funcname))),
  );
  return isPlain && targets.length > 0 && targets.every(isPassedOn) && only.renamed.length === 0 ? only : undefined;
}

/** Whether the subquery says which columns a row has: for `*`, for `json_agg(recent)`, for NATURAL JOIN. */
function shapesRows(item: Item<Table>, level: Level<Table>, { statement }: Query<Table>): boolean {
  if (item.renamed.length > 0 || level.joins.some(({ natural }) => natural)) return true;
  const isAll = item.body !== undefined && hasAllColumns(item.body);
  // Beside other tables, more columns may make a bare name ambiguous.
  const isBareClear = isAll || level.items.length === 1;
  const own = new Set<unknown>([...walkExpression(level.expressions)].map(({ node }) => node));
  return [...walk(statement.tree)].some(({ kind, node }) => {
    if (kind !== "ColumnRef") return false;
    const names = namesIn(node.fields);
    if (isStar(node)) return !isAll && (names.length === 0 ? own.has(node) : names.at(-1) === item.name);
    return names.length === 1 && (names[0] === item.name || (!isBareClear && own.has(node)));
  });
}

/** The table in place of the subquery, where it has the same columns and rows. */
function asTable(item: Item<Table>, table: Item<Table>, query: Query<Table>): string | undefined {
  const span = query.spanOf(item.node);
  const name = table.relation ? query.textOf(table.relation.span) : quote(table.name);
  const isSame = item.body?.where.length === 0 && hasAllColumns(item.body) && "RangeVar" in table.node && table.node.RangeVar.inh === true;
  const alias = item.name === "" || item.name === table.relation?.name ? "" : ` as ${quote(item.name)}`;
  return isSame && span ? query.replacing(span, `${name}${alias}`) : undefined;
}

export default queryRule({
  id: "query/unnecessary-subquery",
  severity: "info",

  *check(query) {
    for (const level of query.levels) {
      for (const item of level.items.filter(({ kind, lateral }) => kind === "subquery" && !lateral)) {
        const table = item.body && handedOn(item.body);
        // In a join, a subquery says which of the conditions are whose.
        const isFilter = item.body !== undefined && item.body.where.length > 0 && level.items.length > 1;
        if (!table || isFilter || shapesRows(item, level, query)) continue;
        const name = nameOfItem(table);
        yield {
          message: `The subquery${item.name ? ` ${item.name}` : ""} only hands on rows of ${name}, and Postgres plans as if ${name} itself stood in FROM.`,
          span: query.spanOf(item.node),
          object: name.toString(),
          fix: asTable(item, table, query),
        };
      }
    }
  },
});
