import { nameOf, raw, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/security-definer-function-executable",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    for (const { oid, schema: place, name, arguments: parameters, kind, owner, securityDefiner, returns } of schema.functions) {
      // A trigger function cannot be called by hand.
      if (!securityDefiner || returns === "trigger" || returns === "event_trigger") continue;
      const strangers = reach.strangers({ oid, schema: place }, ["EXECUTE"]);
      if (strangers.length === 0) continue;

      const called = `${nameOf(place, name)}(${parameters})`;
      const what = kind === "procedure" ? "procedure" : "function";
      const who = raw(strangers.map((role) => (role === "PUBLIC" ? "public" : `${nameOf(undefined, role)}`)).join(", "));
      yield {
        message: `${strangers.join(", ")} may run ${called}, which is SECURITY DEFINER: whatever it does is done with the rights of ${nameOf(undefined, owner)}, past every policy that does not hold for that role.`,
        object: called,
        fix: sql`revoke execute on ${raw(what)} ${raw(called)} from ${who};`,
        undo: sql`grant execute on ${raw(what)} ${raw(called)} to ${who};`,
      };
    }
  },
});
