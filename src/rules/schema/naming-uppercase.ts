import { nameOf } from "../../sql/quote.ts";
import { identifiersIn } from "../identifiers.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Names of a schema, of which there must be so many to speak of a custom, and the share that keeps it. */
const [MANY, CUSTOM] = [40, 0.5];

export default schemaRule({
  id: "schema/naming-uppercase",
  severity: "info",

  *check(schema) {
    for (const { place, identifiers } of identifiersIn(schema)) {
      const odd = identifiers.filter(({ name }) => !/^[\p{Ll}\p{Lo}_][\p{Ll}\p{Lo}\p{N}_$]*$/u.test(name)).map(({ called }) => called);
      // Where most are, a library quotes them all, and nobody renames a schema.
      if (odd.length === 0 || (identifiers.length >= MANY && odd.length > CUSTOM * identifiers.length)) continue;
      yield {
        message: `${listed(odd)} ${odd.length === 1 ? "has" : "have"} to be written between double quotes: without them Postgres reads capitals as small letters and finds nothing.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { names: odd.length },
      };
    }
  },
});
