import { typeRule } from "../type-rule.ts";

export default typeRule({
  id: "schema/timestamp",
  severity: "info",
  is: (type) => /^timestamp\(0\)/.test(type),
  says: "rounded to whole seconds, from the half up: a row may be of a moment that is still to come, and two rows of one second have no order",
  to: (type) => type.replace("(0)", ""),
});
