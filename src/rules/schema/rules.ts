import { nameOf } from "../../sql/quote.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/rules",
  severity: "warning",

  *check({ tables, views }) {
    for (const { schema, name: bare, rules = [] } of [...tables, ...views]) {
      if (rules.length === 0) continue;
      const name = nameOf(schema, bare);
      yield {
        message: `${listed(rules.map((rule) => nameOf(undefined, rule.name)))} ${rules.length === 1 ? "rewrites" : "rewrite"} statements on ${name} before they are planned: an expression that it takes over runs once more, so nextval() or random() gives another value, and COPY goes past ${rules.length === 1 ? "it" : "them"}.`,
        object: `${name}`,
        evidence: { rules: rules.length },
      };
    }
  },
});
