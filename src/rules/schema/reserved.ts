import { nameOf, reserved } from "../../sql/quote.ts";
import { identifiersIn } from "../identifiers.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/reserved",
  severity: "info",

  *check(schema) {
    for (const { place, identifiers } of identifiersIn(schema)) {
      const words = identifiers.filter(({ name }) => reserved.has(name)).map(({ called }) => called);
      if (words.length === 0) continue;
      yield {
        message: `${listed(words)} ${words.length === 1 ? "is called by a word" : "are called by words"} of SQL: without double quotes it is a syntax error, or, as with user, silently something else.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { names: words.length },
      };
    }
  },
});
