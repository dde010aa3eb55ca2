import type { Table } from "../../catalog/tables.ts";
import type { Span } from "../../finding.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { exclusionOf } from "../../sql/disjoint.ts";
import { replaceAll } from "../../sql/expression.ts";
import { tokensOf } from "../../sql/grammar.ts";
import type { Level } from "../../sql/level.ts";
import { parses } from "../../sql/parse.ts";
import { spanOf } from "../../sql/position.ts";
import type { Query } from "../../sql/query.ts";
import { isRecursive } from "../../sql/recursive.ts";
import { hasDistinctRows } from "../../sql/unique.ts";
import { queryRule } from "../rule.ts";

const isUnion = ({ kind, select }: Level<Table>) => kind === "set" && select?.op === "SETOP_UNION";

/** A union inside a union, of which nothing is cut off. */
const isOneWith = (level: Level<Table>) => isUnion(level) && !level.limit && !level.offset && !level.select?.withClause;

const leavesOf = (level: Level<Table>): readonly Level<Table>[] =>
  level.branches.flatMap((branch) => (isOneWith(branch) ? leavesOf(branch) : [branch]));

const unionsIn = (level: Level<Table>): readonly Level<Table>[] => [level, ...level.branches.filter(isOneWith).flatMap(unionsIn)];

/** The word UNION between the branches of a level, with its DISTINCT. */
function wordOf(level: Level<Table>, { statement }: Query<Table>): Span | undefined {
  const before = level.branches[0];
  const last = before && (leavesOf(before).at(-1) ?? before);
  const end = last && clausesOf(last, statement)?.whole.end;
  if (end === undefined) return undefined;
  const tokens = tokensOf(statement.text);
  const at = tokens.findIndex(({ text, start }) => statement.start + start >= end && text.toLowerCase() === "union");
  const [union, next] = [tokens[at], tokens[at + 1]];
  if (!union) return undefined;
  const word = next?.text.toLowerCase() === "distinct" ? next : union;
  return spanOf(statement.source, statement.start + union.start, statement.start + word.end);
}

/** UNION ALL in the place of every UNION. */
function withAll(words: readonly (Span | undefined)[], { statement }: Query<Table>): string | undefined {
  const edits = words.flatMap((word) => (word ? [{ ...word, by: "union all" }] : []));
  const written = replaceAll(statement.source, statement, edits);
  return edits.length === words.length && parses(written) ? written : undefined;
}

const isKnown = ({ items }: Level<Table>) => items.every(({ kind, table }) => kind !== "relation" || table !== undefined);

export default queryRule({
  id: "query/union-instead-of-union-all",
  severity: "info",

  *check(query) {
    const inner = new Set(
      query.levels.filter((level) => isUnion(level) && !level.select?.all).flatMap((level) => unionsIn(level).slice(1)),
    );
    for (const level of query.levels) {
      if (!isUnion(level) || level.select?.all || inner.has(level) || isRecursive(level)) continue;
      const leaves = leavesOf(level);
      const repeating = leaves.filter((leaf) => !hasDistinctRows(leaf, query));
      const reason = repeating.some(isKnown) ? undefined : exclusionOf(leaves, query);
      const span = reason && wordOf(level, query);
      if (!span) continue;

      const [one, other] = reason.map(query.spanOf).map((at) => (at ? query.textOf(at) : "a constant"));
      const words = unionsIn(level)
        .filter(({ select }) => !select?.all)
        .map((each) => wordOf(each, query));
      const isSure = repeating.length === 0;
      yield {
        message: `${one} and ${other} exclude each other, so the branches share no row, and UNION compares them all for nothing${isSure ? "" : ", unless a branch repeats rows itself"}. UNION ALL does not.`,
        span,
        fix: isSure ? withAll(words, query) : undefined,
      };
    }
  },
});
