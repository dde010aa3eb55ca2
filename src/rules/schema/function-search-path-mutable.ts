import type { UserFunction } from "../../catalog/functions.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/function-search-path-mutable",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    for (const found of schema.functions) {
      if (!found.securityDefiner || found.searchPath !== undefined || isBound(found)) continue;
      const called = `${nameOf(found.schema, found.name)}(${found.arguments})`;
      const what = raw(found.kind === "procedure" ? "procedure" : "function");
      const callers = reach.holders(found, ["EXECUTE"]);
      yield {
        message: `${called} runs as ${nameOf(undefined, found.owner)} but looks names up in its caller's search_path, so a caller can put a table or function of their own in the place of one that it means.`,
        object: called,
        ...(callers.length > 0 && { severity: "error" as const }),
        fix: sql`alter ${what} ${raw(called)} set search_path = ${found.schema}, pg_temp;`,
        undo: sql`alter ${what} ${raw(called)} reset search_path;`,
      };
    }
  },
});

/** A body in SQL's own syntax had its names resolved when the function was made; C has none. */
const isBound = ({ language, definition }: UserFunction) =>
  !["sql", "plpgsql"].includes(language) || (language === "sql" && !/^AS \$/m.test(definition));
