import { typeRule } from "../type-rule.ts";

export default typeRule({
  id: "schema/timetz",
  severity: "info",
  is: (type) => /^time(\(\d\))? with time zone$/.test(type),
  says: "a time with a zone and without a day: where clocks change no offset is right all year, so it cannot be turned into the time of another zone",
});
