import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/extension-in-public",
  severity: "info",

  *check({ extensions }) {
    for (const { name, schema } of extensions) {
      if (schema !== "public") continue;
      yield {
        message: `Extension ${nameOf(undefined, name)} has its functions and types in schema public, among your own: they are offered by every API that serves public, and a dump of public cannot be restored without it.`,
        object: `${nameOf(undefined, name)}`,
      };
    }
  },
});
