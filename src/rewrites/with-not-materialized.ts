import type { CommonTableExpr } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { tokensOf } from "../sql/grammar.ts";
import type { Query } from "../sql/query.ts";
import { walk } from "../sql/walk.ts";
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

function isFence({ ctematerialized, ctequery }: CommonTableExpr, { levels }: Query<Table>): boolean {
  const body = levels.find(({ node }) => ctequery !== undefined && Object.values(node)[0] === Object.values(ctequery)[0]);
  const times = levels.flatMap(({ items }) => items).filter((item) => item.kind === "cte" && item.body === body).length;
  if (!body) return false;
  return times === 1 ? ctematerialized === "CTEMaterializeAlways" : times > 1 && ctematerialized !== "CTEMaterializeNever";
}

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
