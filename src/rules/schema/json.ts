import { typeRule } from "../type-rule.ts";

export default typeRule({
  id: "schema/json",
  severity: "info",
  is: (type) => type === "json",
  says: "json, which is kept as text: it has no equality and no index for what is inside, and every look into it parses the value again",
  to: () => "jsonb",
});
