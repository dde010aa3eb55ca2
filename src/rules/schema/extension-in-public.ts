import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/extension-in-public",
  severity: "info",

  *check({ extensions }) {
    for (const { name, schema } of extensions) {
      if (schema !== "public") continue;
      yield {
        message: `Extension ${nameOf(undefined, name)} has its functions and types in schema public, among your own: whatever drops public and makes it again takes them along with the columns of its types, and an API that serves public offers them.`,
        object: `${nameOf(undefined, name)}`,
      };
    }
  },
});
