import type { Node } from "@pgsql/types";
import { bothWays, type Comparison } from "./conditions.ts";
import { shape } from "./expression.ts";
import type { Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import type { Use } from "./scope.ts";
import { walk } from "./walk.ts";

/** Rows. Below, a scan is cheap. */
const SMALL = 1_000;

interface Indexed extends TableShape {
  readonly kind: string;
}

/** A comparison whose `left` computes with columns of one table, so that their own indexes cannot serve it. */
export interface Hidden<Table extends TableShape> extends Comparison {
  readonly level: Level<Table>;
  readonly use: Use<Table>;
  readonly uses: readonly Use<Table>[];
  /** It is compared with another table of the level. */
  readonly isJoin: boolean;
  /** The level compares the same expression elsewhere too. */
  readonly isRepeated: boolean;
}

interface Asked<Table extends TableShape> {
  /** Whether the expression is more to Postgres than what stands in it. */
  hides(node: Node, level: Level<Table>): boolean;
  /** Whether an index key, as the catalog prints it, is the expression. */
  isKey(expression: Node, key: string): boolean;
}

/** Those that nothing excuses, each expression once: `lower(email) = 'a' or lower(email) = 'b'` is one mistake. */
export function hiddenColumns<Table extends Indexed>(query: Query<Table>, asked: Asked<Table>): readonly Hidden<Table>[] {
  const found = query.comparisons().flatMap((comparison) =>
    bothWays(comparison).flatMap((way) => {
      const place = { ...comparison, ...way };
      const uses = asked.hides(place.left, place.level) ? columnsIn(place.left, place.level, query) : [];
      const [use] = uses;
      if (!use || isExcused(place, use, query, asked)) return [];
      return [{ ...place, use, uses, isJoin: query.itemsIn(place.right, place.level)?.size !== 0, isRepeated: false }];
    }),
  );
  const mistakes = new Map<string, Hidden<Table>>();
  for (const each of found) {
    const mistake = `${query.levels.indexOf(each.level)} ${shape(each.left)}`;
    const first = mistakes.get(mistake);
    mistakes.set(mistake, first ? { ...first, isRepeated: true } : each);
  }
  return [...mistakes.values()];
}

/** Columns in it, unless it asks other tables too. */
function columnsIn<Table extends TableShape>(node: Node, level: Level<Table>, { columnOf }: Query<Table>): readonly Use<Table>[] {
  const uses: Use<Table>[] = [];
  for (const visit of walk(node)) {
    if (visit.kind === "SubLink") return [];
    const use = visit.kind === "ColumnRef" ? columnOf(visit.node, level) : undefined;
    if (use) uses.push(use);
  }
  return uses;
}

type Place<Table extends TableShape> = Comparison & { readonly level: Level<Table> };

function isExcused<Table extends Indexed>(
  { left, right, level }: Place<Table>,
  { item, level: own, table }: Use<Table>,
  query: Query<Table>,
  { isKey }: Asked<Table>,
): boolean {
  if (own !== level || item.kind !== "relation" || query.itemsIn(left, level)?.size !== 1) return true;
  const dependsOnItself = query.itemsIn(right, level)?.has(item) ?? true;
  if (dependsOnItself || query.isNarrowed(item, level)) return true;
  if (!table) return false;
  const isSmall = (table.rows ?? SMALL) < SMALL || table.kind === "view" || table.kind === "foreign table";
  return isSmall || table.indexes.some(({ keys, valid }) => valid && keys.some((key) => isKey(left, key)));
}
