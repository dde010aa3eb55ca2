import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Item, Join, Level } from "../sql/level.ts";
import { strictOperators } from "../sql/nulls.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import type { Use } from "../sql/scope.ts";
import { isSpokenOf, ownJoin, withoutItem } from "./from-clause.ts";
import { isUnderOuterJoin, rewritten, wordsOf } from "./parts.ts";
import { type Draft, pattern } from "./rewrite.ts";

/**
 * Of a LEFT JOIN whose rows without a partner are kept, Postgres makes an anti join only where the column that is tested for NULL is
 * one that ON compares (`reduce_outer_joins` in src/backend/optimizer/prep/prepjointree.c).
 */
export default pattern({
  name: "LEFT JOIN … IS NULL to NOT EXISTS",

  *drafts(query) {
    for (const level of query.levels) {
      if (level.kind !== "select") continue;
      for (const condition of level.where) {
        const draft = draftOf(condition, level, query);
        if (draft) yield draft;
      }
    }
  },
});

function draftOf(condition: Node, level: Level<Table>, query: Query<Table>): Draft | undefined {
  const use = testedIn(condition, level, query);
  const join = use && leftJoinOf(use.item, level);
  if (!use || !join || isUnderOuterJoin(join, level) || isSpokenOf(use.item, level, query, [condition, ...join.on])) return undefined;
  const [test, item] = [query.spanOf(condition), wordsOf(use.item.node, query)];
  const on = join.on.map((each) => wordsOf(each, query));
  const edits = withoutItem(use.item, level, query);
  if (!test || item === undefined || on.includes(undefined) || !edits) return undefined;
  const by = `not exists (select 1 from ${item} where ${on.map((words) => `(${words})`).join(" and ")})`;
  const assumes = isToldByJoin(use, join, level, query) || isNotNull(use) ? [] : use.table && [{ table: use.table, column: use.name }];
  return assumes && { sql: rewritten(query, [...edits, { ...test, by }]), ...(assumes.length > 0 && { assumes }) };
}

function testedIn(condition: Node, level: Level<Table>, query: Query<Table>): Use<Table> | undefined {
  if (!("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NULL") return undefined;
  const { arg } = condition.NullTest;
  const use = arg && "ColumnRef" in arg ? query.columnOf(arg.ColumnRef, level) : undefined;
  return use?.level === level ? use : undefined;
}

function leftJoinOf(item: Item<Table>, level: Level<Table>): Join<Table> | undefined {
  const join = ownJoin(item, level);
  const isRight = join?.kind === "left" && join.right[0] === item;
  return isRight && item.kind !== "function" && !item.lateral && join.on.length > 0 ? join : undefined;
}

const isNotNull = ({ column }: Use<Table>) => column?.notNull === true && column.notNullValid;

/** A partner is none with NULL where ON compares. */
const isToldByJoin = (use: Use<Table>, { on }: Join<Table>, level: Level<Table>, query: Query<Table>): boolean =>
  on.some((condition) => {
    if (!("A_Expr" in condition) || (condition.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP") return false;
    const { name, lexpr, rexpr } = condition.A_Expr;
    const isTested = (side: Node | undefined) => {
      const other = side && "ColumnRef" in side ? query.columnOf(side.ColumnRef, level) : undefined;
      return other?.item === use.item && other.name === use.name;
    };
    return strictOperators.has(namesIn(name).at(-1) ?? "") && [lexpr, rexpr].some(isTested);
  });
