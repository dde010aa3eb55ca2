import type { CommonTableExpr, Node } from "@pgsql/types";
import type { Span } from "../finding.ts";
import type { Item, Level, TableShape } from "./level.ts";
import { spanOf } from "./position.ts";
import type { Query } from "./query.ts";
import { endOfName } from "./relations.ts";
import { walk } from "./walk.ts";

/** A query of a WITH clause. */
export interface WithQuery<Table extends TableShape> {
  readonly name: string;
  /** Of the name. */
  readonly span: Span;
  readonly node: CommonTableExpr;
  readonly level: Level<Table>;
  /** Items of FROM that name it, also in its own text. */
  readonly readers: readonly { readonly item: Item<Table>; readonly level: Level<Table> }[];
  /** Whether the statement runs it: it writes, or is read by what is run. */
  readonly isRun: boolean;
}

/** The WITH queries of a statement, in the order of the text. */
export function withQueries<Table extends TableShape>({ statement, levels }: Query<Table>): readonly WithQuery<Table>[] {
  // Long statements have none as a rule, and a walk takes its time.
  if (!/\bwith\b/i.test(statement.text)) return [];
  const found = [...walk(statement.tree)].flatMap(({ kind, node }) => {
    const level = kind === "CommonTableExpr" ? levels.find((each) => isOf(each, node)) : undefined;
    if (kind !== "CommonTableExpr" || !level) return [];
    const { ctename: name = "", location = 0 } = node;
    return [{ name, node, level, span: spanOf(statement.source, location, endOfName(statement.source, location)) }];
  });
  if (found.length === 0) return [];
  const items = levels.flatMap((level) => level.items.map((item) => ({ item, level })));
  const placed = new Set<unknown>(items.map(({ item }) => innerOf(item.node)));
  // A name in a place that no level reads may mean any WITH query that is called so.
  const elsewhere = [...walk(statement.tree)].flatMap(({ kind, node }) => (kind === "RangeVar" && !placed.has(node) ? [node] : []));
  const listed = found.map((each) => ({ ...each, readers: items.filter(({ item }) => item.kind === "cte" && item.body === each.level) }));
  const namings = listed.map(({ name, readers }) => [
    ...readers.map(({ item }) => innerOf(item.node)),
    ...elsewhere.filter(({ relname, schemaname }) => relname === name && schemaname === undefined),
  ]);
  const idle = idleAmong(listed, namings);
  return listed.map((each) => ({ ...each, isRun: !idle.has(each.node) }));
}

type Listed = Pick<WithQuery<TableShape>, "node" | "level">;

/** A SELECT is run only if something names it that is run itself (`SS_process_ctes` in src/backend/optimizer/plan/subselect.c). */
function idleAmong(listed: readonly Listed[], namings: readonly (readonly unknown[])[]): ReadonlySet<CommonTableExpr> {
  const inside = new Map(listed.map(({ node }) => [node, new Set<unknown>([...walk(node.ctequery)].map((visit) => visit.node))]));
  const idle = new Set(listed.filter(({ level }) => reads.has(level.kind)).map(({ node }) => node));
  const isLive = (naming: unknown) => [...idle].every((node) => !inside.get(node)?.has(naming));
  for (let size = -1; size !== idle.size; ) {
    size = idle.size;
    for (const [at, { node }] of listed.entries()) if (namings[at]?.some(isLive)) idle.delete(node);
  }
  return idle;
}

const reads = new Set<Level<TableShape>["kind"]>(["select", "set"]);

const innerOf = (node: Node): unknown => Object.values(node)[0];

const isOf = ({ node }: Level<TableShape>, { ctequery }: CommonTableExpr) => ctequery !== undefined && innerOf(node) === innerOf(ctequery);
