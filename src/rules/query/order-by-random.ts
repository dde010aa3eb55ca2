import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { cutOf } from "../../sql/cut.ts";
import { type Item, type Level, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { sortedBy, tellsApart } from "../../sql/unique.ts";
import { walk, walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** Rows that are quick to sort. */
const SMALL = 1000;

const chance = new Set(["random", "random_normal", "gen_random_uuid", "uuidv4", "uuid_generate_v4", "gen_random_bytes"]);

const isRandom = (node: Node): boolean =>
  [...walkExpression(node)].some(
    ({ kind, node: call }) => kind === "FuncCall" && !call.over && chance.has(namesIn(call.funcname).at(-1) ?? ""),
  );

/** Only a part of the rows is sorted: a sample, what an index finds, a subquery that has a LIMIT itself. */
const isReduced = (level: Level<Table>, query: Query<Table>) =>
  level.items.some((item) => query.isNarrowed(item, level) || (item.body !== undefined && cutOf(item.body) !== undefined)) ||
  level.items.every(({ kind, body, table }) => kind === "function" || body?.select?.valuesLists || (table?.rows ?? SMALL) < SMALL) ||
  [...walk(level.select?.fromClause)].some(({ kind }) => kind === "RangeTableSample");

/** What is drawn by a random order, and from what. */
interface Draw {
  readonly by: Node;
  readonly kept: Node;
  readonly items: readonly Item<Table>[];
  readonly isFiltered: boolean;
}

function drawIn(level: Level<Table>, query: Query<Table>): Draw | undefined {
  const { kind, group, items, where, order } = level;
  const [first] = sortedBy(level);
  const cut = cutOf(level);
  if (kind !== "select" || group.length > 0 || items.length === 0 || !first || !cut || !isRandom(first)) return undefined;
  const by = order[0] && "SortBy" in order[0] ? order[0].SortBy.node : undefined;
  const isMuch = !isReduced(level, query) && !tellsApart([], level, query);
  return isMuch && by ? { by, kept: cut.node, items, isFiltered: where.length > 0 } : undefined;
}

export default queryRule({
  id: "query/order-by-random",
  severity: "warning",

  *check(query) {
    for (const level of query.levels) {
      const draw = drawIn(level, query);
      const [item, ...others] = draw?.items ?? [];
      const limit = draw && query.spanOf(draw.kept);
      if (!draw || !item || !limit) continue;
      const rows = `${draw.isFiltered ? "row that WHERE lets through" : "row"} of ${others.length > 0 ? "the join" : sizedNameOf(item)}`;
      yield {
        message: `ORDER BY a random number reads every ${rows} and sorts them all to return ${query.textOf(limit)}; no index can help.`,
        span: query.spanOf(draw.by),
        object: nameOfItem(item).toString(),
        ...(item.table?.rows === undefined ? {} : { evidence: { rows: item.table.rows } }),
      };
    }
  },
});
