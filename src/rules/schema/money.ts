import { typeRule } from "../type-rule.ts";

export default typeRule({
  id: "schema/money",
  severity: "warning",
  is: (type) => type === "money",
  says: "money, whose sign and decimals are those of the setting lc_monetary: the same bytes read as another currency after a restore elsewhere, and there is no fraction of a cent",
  to: () => "numeric",
});
