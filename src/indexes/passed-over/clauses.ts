import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import type { Span } from "../../finding.ts";
import type { Level } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { walkExpression } from "../../sql/walk.ts";
import { spanAsWritten } from "../../sql/written-text.ts";

/** A condition, a join or an order of a statement, as its caller wrote it. */
export interface Clause {
  readonly kind: "condition" | "join" | "order";
  readonly text: string;
  readonly span: Span;
  /** Those of the table that was asked for. */
  readonly columns: ReadonlySet<string>;
  /** As Postgres spells them. */
  readonly operators: ReadonlySet<string>;
}

/** What a statement says of the columns of one table. A view's own conditions are none that the caller wrote. */
export function clausesOn(query: Query<Table>, isOf: (table: Table) => boolean): readonly Clause[] {
  return query.levels.flatMap((level) => {
    const wanted = [...level.where, ...level.joins.flatMap(({ on }) => on), ...level.order, ...level.group];
    return wanted.flatMap((node) => clauseOf(node, { level, query, isOf }) ?? []);
  });
}

interface Around {
  readonly level: Level<Table>;
  readonly query: Query<Table>;
  isOf(table: Table): boolean;
}

function clauseOf(node: Node, { level, query, isOf }: Around): Clause | undefined {
  const visits = [...walkExpression(node)];
  const uses = visits.flatMap(({ kind, node: inner }) => (kind === "ColumnRef" ? (query.columnOf(inner, level) ?? []) : []));
  const own = uses.filter(({ table, item }) => table && item.kind === "relation" && isOf(table));
  const span = query.spanOf("SortBy" in node && node.SortBy.node ? node.SortBy.node : node);
  if (own.length === 0 || !span) return undefined;
  const { statement } = query;
  const written = spanAsWritten(statement, span);
  const isOrder = level.order.includes(node) || level.group.includes(node);
  const operators = visits.flatMap(({ kind, node: inner }) => {
    if (kind === "A_Expr") return namesIn(inner.name).slice(-1);
    return kind === "NullTest" ? [inner.nulltesttype === "IS_NULL" ? "is null" : "is not null"] : [];
  });
  return {
    kind: isOrder ? "order" : new Set(uses.map(({ item }) => item)).size > 1 ? "join" : "condition",
    text: (statement.written?.source ?? statement.source).slice(written.start, written.end),
    span: written,
    columns: new Set(own.map(({ name }) => name)),
    operators: new Set(operators),
  };
}
