import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { followsOf, idOf } from "../../sql/follows.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { unquote } from "../../sql/quote.ts";
import { uniqueIndexesOf } from "../../sql/unique.ts";
import { walk } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** Two names of one table, the second of which has the same row as the first. */
interface Pair {
  readonly first: Item<Table>;
  readonly second: Item<Table>;
  readonly key: readonly string[];
}

/** Keys that every row has, the primary key first. */
const keysOf = (table: Table): readonly (readonly string[])[] =>
  uniqueIndexesOf(table)
    .filter(({ where }) => where === undefined)
    .map(({ keys }) => keys.map(unquote))
    .filter((keys) =>
      keys.every((key) => table.columns.some(({ name, notNull, notNullValid }) => name === key && notNull && notNullValid)),
    );

function* pairsIn(level: Level<Table>, query: Query<Table>): Generator<Pair> {
  const tables = level.items.filter(({ kind, table }) => kind === "relation" && table !== undefined);
  const follows = followsOf(level, query);
  const isTold = (from: string, id: string) => follows.some((each) => each.id === id && each.from.length === 1 && each.from[0] === from);
  for (const [at, second] of tables.entries()) {
    for (const first of tables
      .slice(0, at)
      .filter(({ table }) => table?.name === second.table?.name && table?.schema === second.table?.schema)) {
      const isEquated = (column: string) => {
        const [one, other] = [idOf(first, column, level), idOf(second, column, level)];
        return isTold(one, other) && (second.nullable || isTold(other, one));
      };
      const key = second.table && keysOf(second.table).find((columns) => columns.every(isEquated));
      if (key) yield { first, second, key };
    }
  }
}

const isOfColumns = (node: Node) =>
  "A_Expr" in node && [node.A_Expr.lexpr, node.A_Expr.rexpr].every((side) => side !== undefined && "ColumnRef" in side);

/** Whether the second always has its row: LEFT JOIN must ask for nothing but the key. */
function isAlwaysThere({ first, second, key }: Pair, { joins }: Level<Table>): boolean {
  const outer = joins.filter(({ kind, right }) => kind !== "inner" && kind !== "cross" && right.includes(second));
  if (first.nullable || !second.nullable) return !first.nullable && outer.length === 0;
  return outer.every(
    ({ kind, right, left, on, using }) =>
      kind === "left" && right.length === 1 && left.includes(first) && on.length + using.length === key.length && on.every(isOfColumns),
  );
}

/** FROM cannot name the target of an UPDATE, nor RETURNING its old row before Postgres 18: a second name of it can be both. */
function isNeeded({ first, second }: Pair, level: Level<Table>, query: Query<Table>): boolean {
  if (level.kind === "select" || level.items[0] !== first) return false;
  const isReturned = level.targets.some(({ val }) => query.itemsIn(val, level)?.has(second) ?? true);
  return isReturned || level.joins.length > 0 || level.items.some(({ lateral }) => lateral);
}

const isSampled = ({ select }: Level<Table>) => [...walk(select?.fromClause)].some(({ kind }) => kind === "RangeTableSample");

export default queryRule({
  id: "query/redundant-self-join",
  severity: "warning",

  *check(query) {
    for (const level of query.levels.filter(({ kind }) => kind === "select" || kind === "update" || kind === "delete")) {
      for (const pair of pairsIn(level, query)) {
        const { first, second, key } = pair;
        if (!isAlwaysThere(pair, level) || isNeeded(pair, level, query) || isSampled(level)) continue;
        // remove_useless_self_joins in src/backend/optimizer/plan/analyzejoins.c: inner joins, but not with a target.
        const isRemoved = level.kind === "select" && !second.nullable;
        const table = nameOfItem(second);
        yield {
          message: `${table} is joined to itself on its whole key (${key.join(", ")}), so ${second.name} is the same row as ${first.name}. ${isRemoved ? "Postgres reads it twice; from 18 on it leaves the join out." : "Postgres reads it twice."}`,
          span: query.spanOf(second.node),
          object: table.toString(),
          ...(isRemoved ? { severity: "info" as const } : {}),
        };
      }
    }
  },
});
