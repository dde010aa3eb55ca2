import { nameOf } from "../../sql/quote.ts";
import { identifiersIn } from "../identifiers.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Names of a schema: where so many are quoted a library quotes all of its own, and nobody renames them. */
const CUSTOM = 40;

export default schemaRule({
  id: "schema/naming-uppercase",
  severity: "info",

  *check(schema) {
    for (const { place, identifiers } of identifiersIn(schema)) {
      const odd = identifiers.filter(({ name }) => !/^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_$]*$/u.test(name)).map(({ called }) => called);
      if (odd.length === 0 || odd.length >= CUSTOM) continue;
      yield {
        message: `${listed(odd)} ${odd.length === 1 ? "has" : "have"} to be written between double quotes: without them Postgres reads capitals as small letters and finds nothing.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { names: odd.length },
      };
    }
  },
});
