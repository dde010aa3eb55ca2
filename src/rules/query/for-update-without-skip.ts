import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { waitingLocks } from "../../sql/row-locks.ts";
import { openItems } from "../../sql/unique.ts";
import { walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** A batch that one worker takes. */
const BATCH = 1000;

/** How columns are called that tell what is still to be done. */
const progress =
  /(?:^|_)(?:status|state|phase|stage|done|processed|completed|finished|handled|sent|delivered|claimed|picked|locked|reserved|assigned|taken|started|pending|queued|ready)(?:_|$)/;

const isBatch = (limit: Node | undefined) =>
  limit !== undefined && (!("A_Const" in limit) || (limit.A_Const.ival !== undefined && (limit.A_Const.ival.ival ?? 0) <= BATCH));

/** The item of which any row will do that is still to be done, whoever asks. */
function queueAmong(items: readonly Item<Table>[], level: Level<Table>, query: Query<Table>): Item<Table> | undefined {
  const open = openItems([], level, query);
  return items.find((item) => {
    const isOfSomebody = [...query.boundColumns(item, level)].some((name) => /(?:^|_)id$/.test(name));
    if (isOfSomebody || !open.includes(item)) return false;
    return level.where.some((condition) =>
      [...walkExpression(condition)].some(({ kind, node }) => {
        const use = kind === "ColumnRef" ? query.columnOf(node, level) : undefined;
        return use?.item === item && progress.test(use.name);
      }),
    );
  });
}

export default queryRule({
  id: "query/for-update-without-skip",
  severity: "warning",

  *check(query) {
    for (const level of query.levels) {
      const locks = isBatch(level.limit) ? waitingLocks(level, query.statement) : undefined;
      const queue = locks && queueAmong(locks.items, level, query);
      if (!locks || !queue) continue;
      const { span } = locks;
      yield {
        message: `Workers that ask ${nameOfItem(queue)} at the same time wait for the same row, one after the other. SKIP LOCKED gives each of them rows that nobody holds.`,
        span: span ?? query.spanOf(queue.node),
        object: nameOfItem(queue).toString(),
        fix: span && query.replacing({ ...span, start: span.end }, " skip locked"),
      };
    }
  },
});
