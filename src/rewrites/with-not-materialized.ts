import type { CommonTableExpr, FuncCall } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { tokensOf } from "../sql/grammar.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { walk } from "../sql/walk.ts";
import { selectMayFail } from "./may-fail.ts";
import { type Edit, rewritten } from "./parts.ts";
import { pattern } from "./rewrite.ts";

/**
 * A WITH query that is MATERIALIZED, or named twice, is computed as a whole: no condition of what reads it reaches its tables
 * (https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION).
 */
export default pattern({
  name: "WITH query to NOT MATERIALIZED",

  *drafts(query) {
    const edits = [...walk(query.statement.tree)].flatMap(({ kind, node }) =>
      kind === "CommonTableExpr" && isFence(node, query) ? (unfenced(node, query) ?? []) : [],
    );
    if (edits.length === 0) return;
    yield { sql: rewritten(query, edits) };
    if (edits.length > 1) for (const edit of edits) yield { sql: rewritten(query, [edit]) };
  },
});

/** One that keeps a condition from being computed too early, for rows that it fails for, stays. */
function isFence({ ctematerialized, ctequery }: CommonTableExpr, query: Query<Table>): boolean {
  const { levels } = query;
  const body = levels.find(({ node }) => ctequery !== undefined && Object.values(node)[0] === Object.values(ctequery)[0]);
  const times = levels.flatMap(({ items }) => items).filter((item) => item.kind === "cte" && item.body === body).length;
  if (!body || selectMayFail(body, query)) return false;
  if (times === 1) return ctematerialized === "CTEMaterializeAlways";
  const isOnce = times > 1 && ctematerialized !== "CTEMaterializeNever";
  return isOnce && ![...walk(ctequery)].some(({ kind, node }) => kind === "FuncCall" && isOpen(node));
}

const byOrder = new Set(
  "array_agg first_value json_agg json_object_agg jsonb_agg jsonb_object_agg lag last_value lead nth_value ntile row_number string_agg xmlagg".split(
    " ",
  ),
);

/** What may come out otherwise when it is computed again, because nobody said in which order: two readings must be of the same rows. */
const isOpen = ({ funcname, over, agg_order = [], agg_within_group }: FuncCall) =>
  over !== undefined || (byOrder.has(namesIn(funcname).at(-1) ?? "") && agg_order.length === 0 && !agg_within_group);

function unfenced({ location = 0 }: CommonTableExpr, { statement: { text, start: offset } }: Query<Table>): Edit | undefined {
  const tokens = tokensOf(text);
  const named = tokens.findIndex(({ start }) => start === location - offset);
  const as = named < 0 ? undefined : tokens.slice(named + 1).find(({ text: word }) => word.toLowerCase() === "as");
  const next = as && tokens[tokens.indexOf(as) + 1];
  if (!as || !next) return undefined;
  const isTold = next.text.toLowerCase() === "materialized";
  const start = offset + (isTold ? next.start : as.end);
  return { start, end: isTold ? offset + next.end : start, by: isTold ? "not materialized" : " not materialized" };
}
