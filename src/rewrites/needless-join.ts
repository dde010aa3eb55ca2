import type { Node } from "@pgsql/types";
import type { Constraint } from "../catalog/constraints.ts";
import type { Table } from "../catalog/tables.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { isSpokenOf, ownJoin, whereAnd, withoutItem } from "./from-clause.ts";
import { type Edit, rewritten } from "./parts.ts";
import { pattern } from "./rewrite.ts";

/** Each row has one partner by a foreign key, and nothing is asked of it: Postgres leaves out such a join only if it is a LEFT JOIN. */
export default pattern({
  name: "join that a foreign key makes needless",

  *drafts(query) {
    for (const level of query.levels) {
      if (level.kind !== "select") continue;
      const found = level.items.flatMap((item) => needless(item, level, query) ?? []);
      const all = found.length > 0 && found.every(({ child }) => found.every(({ item }) => item !== child)) ? found : found.slice(0, 1);
      const where = whereAnd(level, query, [...new Set(all.flatMap(({ kept }) => kept))]);
      if (all.length > 0 && where) yield { sql: rewritten(query, [...where, ...all.flatMap(({ edits }) => edits)]) };
    }
  },
});

interface Needless {
  readonly item: Item<Table>;
  /** What points at it. */
  readonly child: Item<Table>;
  /** What leaves it out. */
  readonly edits: readonly Edit[];
  /** Conditions that stay. */
  readonly kept: readonly string[];
}

function needless(item: Item<Table>, level: Level<Table>, query: Query<Table>): Needless | undefined {
  const join = ownJoin(item, level);
  const isListed = level.select?.fromClause?.some((node) => Object.values(node)[0] === Object.values(item.node)[0]);
  if (!isWhole(item) || item.nullable || (isListed ? join !== undefined : join?.kind !== "inner")) return undefined;
  const conditions = isListed ? level.where : (join?.on ?? []);
  const pairs = conditions.flatMap((condition) => pairIn(condition, item, level, query) ?? []);
  const [child] = pairs.map((pair) => pair.child);
  if (!child || (!isListed && pairs.length < conditions.length) || pairs.some((pair) => pair.child !== child)) return undefined;
  const key = child.table?.constraints.find((constraint) => isMet(constraint, item, pairs));
  const compared = pairs.map(({ condition }) => condition);
  if (!key || !pointsForAll(child) || isSpokenOf(item, level, query, compared)) return undefined;
  const leftOut = isListed ? trueInstead(compared, query) : [];
  const without = withoutItem(item, level, query);
  return without && leftOut && { item, child, edits: [...without, ...leftOut], kept: nullable(child, key) };
}

/** Whether all rows of the table are seen: neither those of children besides, nor without those that a policy hides. */
const isWhole = ({ kind, table, renamed }: Item<Table>) =>
  kind === "relation" && table !== undefined && !table.rowSecurity && renamed.length === 0 && !isInherited(table);

const isInherited = ({ kind, children }: Table) => kind === "table" && children > 0;

/** A foreign key says nothing of the rows of tables that inherit, nor of rows that an outer join makes. */
const pointsForAll = ({ table, nullable: isFilled, renamed }: Item<Table>) =>
  !isFilled && renamed.length === 0 && table !== undefined && !isInherited(table);

interface Pair {
  readonly condition: Node;
  readonly child: Item<Table>;
  readonly column: string;
  readonly references: string;
}

/** `child.column = item.references`, either way round. */
function pairIn(condition: Node, item: Item<Table>, level: Level<Table>, query: Query<Table>): Pair | undefined {
  if (!("A_Expr" in condition) || (condition.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP" || namesIn(condition.A_Expr.name).join() !== "=")
    return undefined;
  const uses = [condition.A_Expr.lexpr, condition.A_Expr.rexpr].map((side) =>
    side && "ColumnRef" in side ? query.columnOf(side.ColumnRef, level) : undefined,
  );
  const [own, other] = uses[0]?.item === item ? uses : [uses[1], uses[0]];
  if (own?.item !== item || !other || other.item === item || other.level !== level) return undefined;
  return { condition, child: other.item, column: other.name, references: own.name };
}

/** Whether a foreign key holds for all rows at all times, and is what the join compares. */
function isMet(
  { columns, foreignKey, references, deferrable, enforced, validated, definition }: Constraint,
  { table }: Item<Table>,
  pairs: readonly Pair[],
): boolean {
  if (!foreignKey || references !== table?.oid || deferrable || !enforced || !validated || /\bPERIOD\b/.test(definition)) return false;
  const asked = pairs.map(({ column, references: to }) => `${column} ${to}`).sort();
  return (
    asked.join() ===
    columns
      .map((column, at) => `${column} ${foreignKey.referencedColumns[at]}`)
      .sort()
      .join()
  );
}

/** What a row with NULL in its key had no partner for. */
const nullable = ({ table, name }: Item<Table>, { columns }: Constraint): readonly string[] =>
  columns
    .filter((column) => !table?.columns.some((each) => each.name === column && each.notNull && each.notNullValid))
    .map((column) => `${quote(name)}.${quote(column)} is not null`);

function trueInstead(conditions: readonly Node[], query: Query<Table>): readonly Edit[] | undefined {
  const spans = conditions.map((condition) => query.spanOf(condition));
  return spans.includes(undefined) ? undefined : spans.flatMap((span) => (span ? [{ ...span, by: "true" }] : []));
}
