import { clausesOf } from "../../sql/clauses.ts";
import { spanOf } from "../../sql/position.ts";
import { isDistinct, isDistinctAnyway } from "../../sql/unique.ts";
import { queryRule } from "../rule.ts";

export default queryRule({
  id: "query/distinct-with-group-by",
  severity: "info",

  *check(query) {
    const { statement, spanOf: spanOfNode, textOf, replacing } = query;
    for (const level of query.levels.filter((each) => each.group.length > 0 && isDistinct(each))) {
      const start = clausesOf(level, statement)?.targets.start;
      const [first] = level.targets;
      if (start === undefined || first?.location === undefined || !isDistinctAnyway(level, query)) continue;
      const groups = level.group.map(spanOfNode).map((span) => (span ? textOf(span) : "?"));
      const word = spanOf(statement.source, start, start + "distinct".length);
      yield {
        message: `GROUP BY ${groups.join(", ")} gives one row for each group already, so DISTINCT only sorts or hashes the result once more.`,
        span: word,
        fix: replacing({ ...word, end: first.location }, ""),
      };
    }
  },
});
