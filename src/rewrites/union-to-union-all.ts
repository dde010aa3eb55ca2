import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import { exclusionOf } from "../sql/disjoint.ts";
import { tokensOf } from "../sql/grammar.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { hasDistinctRows } from "../sql/unique.ts";
import { type Edit, rewritten } from "./parts.ts";
import { pattern } from "./rewrite.ts";

/** UNION sorts or hashes all rows to find doubles, also where there can be none, or where they do not matter. */
export default pattern({
  name: "UNION to UNION ALL",

  *drafts(query) {
    for (const level of query.levels) {
      if (!isUnion(level) || isPart(level, query)) continue;
      const leaves = leavesOf(level);
      const edits = leaves.slice(0, -1).map((leaf) => withAll(leaf, query));
      if (!(isProbe(level) || isFreeOfDoubles(leaves, query)) || edits.includes(undefined)) continue;
      yield {
        sql: rewritten(
          query,
          edits.flatMap((edit) => edit ?? []),
        ),
      };
    }
  },
});

const isUnion = ({ kind, select }: Level<Table>) => kind === "set" && select?.op === "SETOP_UNION" && !select.all;

const isWhole = ({ limit, offset }: Level<Table>) => limit === undefined && offset === undefined;

/** Whether a UNION is a branch of another, which takes its doubles away too. */
const isPart = (level: Level<Table>, { levels }: Query<Table>) =>
  isWhole(level) && levels.some((around) => isUnion(around) && around.branches.includes(level));

/** The SELECTs of a UNION of UNIONs, in the order of the text. */
const leavesOf = (level: Level<Table>): readonly Level<Table>[] =>
  level.branches.flatMap((branch) => (isUnion(branch) && isWhole(branch) ? leavesOf(branch) : [branch]));

/** Whether only a match is asked for. */
const isProbe = (level: Level<Table>) => (level.place === "in" || level.place === "exists") && isWhole(level);

const isFreeOfDoubles = (leaves: readonly Level<Table>[], query: Query<Table>): boolean =>
  leaves.every((leaf) => leaf.kind === "select" && hasDistinctRows(leaf, query)) && exclusionOf(leaves, query) !== undefined;

/** The UNION behind a SELECT. */
function withAll(leaf: Level<Table>, { statement }: Query<Table>): Edit | undefined {
  const clauses = clausesOf(leaf, statement);
  const { text, start: offset } = statement;
  const behind =
    clauses && tokensOf(text).filter(({ start }) => offset + start >= clauses.whole.end && ")" !== text.slice(start, start + 1));
  const [union, next] = behind ?? [];
  if (union?.text.toLowerCase() !== "union") return undefined;
  const isTold = next?.text.toLowerCase() === "distinct";
  return { start: offset + union.start, end: offset + (isTold ? next.end : union.end), by: "union all" };
}
