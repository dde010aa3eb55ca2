import type { FuncCall, Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import { type CountTest, countTestIn } from "../sql/count-test.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { isNeverNull, plainSelect, rewritten, whereWith, wordsOf } from "./parts.ts";
import { type Draft, pattern } from "./rewrite.ts";

/** To know whether there is a row, one is enough. */
export default pattern({
  name: "count(*) to EXISTS",

  *drafts(query) {
    for (const { node, level } of query.nodes()) {
      const test = countTestIn(node);
      const inside =
        test && "SubLink" in test.counted && isScalar(test.counted) ? query.levelOf(test.counted.SubLink.subselect) : undefined;
      const counted = inside?.targets[0]?.val;
      const by = test && inside && counted && existsOf(inside, counted, { isFound: test.isFound, query });
      const span = by ? query.spanOf(node) : undefined;
      if (by && span) yield { sql: rewritten(query, [{ ...span, by }]) };
      if (test && "FuncCall" in test.counted) yield* wholeStatement(node, level, test, query);
    }
  },
});

const isScalar = ({ SubLink: { subLinkType } }: Extract<Node, { SubLink: unknown }>) => subLinkType === "EXPR_SUBLINK";

interface Asked {
  readonly isFound: boolean;
  readonly query: Query<Table>;
}

function existsOf(inside: Level<Table>, counted: Node, { isFound, query }: Asked): string | undefined {
  const select = inside.targets.length === 1 ? plainSelect(inside, query) : undefined;
  const conditions = conditionsOf(counted, inside, query);
  if (!select || !conditions) return undefined;
  return `${isFound ? "" : "not "}exists (select 1 from ${select.from}${whereWith(select.where, conditions)})`;
}

/** What a row has to meet to be counted, besides WHERE. Undefined for what is no count. */
function conditionsOf(counted: Node, inside: Level<Table>, query: Query<Table>): readonly string[] | undefined {
  if (!("FuncCall" in counted) || !isCount(counted.FuncCall)) return undefined;
  const [argument] = counted.FuncCall.args ?? [];
  if (!argument) return counted.FuncCall.agg_star ? [] : undefined;
  if (isNeverNull(argument, inside, query)) return [];
  const words = wordsOf(argument, query);
  return words === undefined ? undefined : [`${words} is not null`];
}

const isCount = ({ funcname, agg_filter, over, agg_within_group }: FuncCall) =>
  namesIn(funcname).at(-1) === "count" && !agg_filter && !over && !agg_within_group;

/** `select count(*) > 0 from …`, which is asked by itself. */
function* wholeStatement(node: Node, level: Level<Table>, { counted, isFound }: CountTest, query: Query<Table>): Generator<Draft> {
  const [target] = level.targets;
  if (level.place !== "top" || level.targets.length !== 1 || target?.val === undefined || level.order.length > 0) return;
  if (JSON.stringify(target.val) !== JSON.stringify(node)) return;
  const by = existsOf(level, counted, { isFound, query });
  const clauses = by && clausesOf(level, query.statement);
  if (clauses) yield { sql: rewritten(query, [{ ...clauses.whole, by: `select ${by} as ${quote(target.name ?? "?column?")}` }]) };
}
