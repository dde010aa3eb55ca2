import { nameOf } from "../../sql/quote.ts";
import { identifiersIn } from "../identifiers.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Names of several words, of which there must be so many to speak of a custom, and the share that departs from it. */
const [MANY, FEW] = [10, 0.2];

export default schemaRule({
  id: "schema/inconsistent",
  severity: "info",

  *check(schema) {
    for (const { place, identifiers } of identifiersIn(schema)) {
      const [snake, camel] = [/^[a-z0-9]+(_[a-z0-9]+)+$/, /^[a-z0-9]+([A-Z][a-z0-9]*)+$/].map((style) =>
        identifiers.filter(({ name }) => style.test(name)),
      );
      if (!snake || !camel || snake.length + camel.length < MANY) continue;
      const [custom, odd] = snake.length >= camel.length ? (["snake_case", camel] as const) : (["camelCase", snake] as const);
      if (odd.length === 0 || odd.length > FEW * (snake.length + camel.length) || areOfOneOther(odd)) continue;
      yield {
        message: `${listed(odd.map(({ called }) => called))} ${odd.length === 1 ? "departs" : "depart"} from the ${custom} of the other ${snake.length + camel.length - odd.length} names of several words in ${nameOf(undefined, place)}, so whoever writes a query has to look them up.`,
        object: `${nameOf(undefined, place)}`,
        evidence: { names: odd.length },
      };
    }
  },
});

/** Several names of one table, and of no other, are the words of a standard or a library that it serves: the tokens of OAuth, say. */
const areOfOneOther = (odd: readonly { readonly called: string }[]) =>
  odd.length >= VOCABULARY && new Set(odd.map(({ called }) => called.replace(/\.(?:[^."]+|"[^"]*")$/, ""))).size === 1;

const VOCABULARY = 4;
