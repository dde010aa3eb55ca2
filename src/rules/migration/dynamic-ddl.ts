import type { Step } from "../../migration/step.ts";
import { spanOf } from "../../sql/position.ts";
import { migrationRule } from "../rule.ts";

/** What can lock a table against others or change the schema. */
const ddl = /^(?:alter|cluster|comment|create|drop|lock|refresh|reindex|truncate|vacuum)\b/i;
/** What surely does neither. */
const harmless =
  /^(?:call|copy|delete|execute|explain|grant|insert|listen|merge|notify|reset|revoke|select|set|show|update|values|with)\b/i;

type Body = NonNullable<Step["body"]>;

/** A function that is only made changes nothing yet, so of its texts only those count that say they change the schema. */
const mayBeDdl = ({ runs }: Body, begins: string) =>
  runs === "with the migration" ? !harmless.test(begins.trimStart()) : ddl.test(begins.trimStart());

const known = ({ effects }: Step, { runs }: Body) =>
  runs === "with the migration" && effects
    ? "only what it did in the twin, which has no rows, was judged"
    : "what it locks, rewrites or drops was not judged";

export default migrationRule({
  id: "migration/dynamic-ddl",
  severity: "info",

  *check(step) {
    const { body, statement } = step;
    if (!body) return;
    for (const { start, end, begins } of body.dynamic) {
      if (!mayBeDdl(body, begins)) continue;
      const written = begins.trim() === "" ? "" : ` (${begins.trim()} …)`;
      yield {
        message: `The text of this EXECUTE${written} is put together only when it runs, so ${known(step, body)}.`,
        span: spanOf(statement.source, start, end),
      };
    }
    if (body.runs !== "with the migration") return;
    for (const { start, end, why } of body.unread) {
      yield { message: `This could not be read (${why}), so ${known(step, body)}.`, span: spanOf(statement.source, start, end) };
    }
  },
});
