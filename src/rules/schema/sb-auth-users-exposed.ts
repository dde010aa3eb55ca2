import { nameOf, raw, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/sb-auth-users-exposed",
  severity: "error",

  *check(schema) {
    const reach = reachOf(schema);
    if (!reach.supabase) return;
    for (const view of schema.views) {
      const readsUsers = view.reads.some((read) => read.schema === "auth" && read.name === "users");
      const strangers = readsUsers && !view.securityInvoker ? reach.strangers(view, ["SELECT"]) : [];
      if (strangers.length === 0) continue;
      const name = nameOf(view.schema, view.name);
      const who = raw(strangers.map((role) => (role === "PUBLIC" ? "public" : `${nameOf(undefined, role)}`)).join(", "));
      yield {
        message: `${strangers.join(", ")} may read ${name}, which reads auth.users with the rights of ${nameOf(undefined, view.owner)}: e-mail addresses and other columns of your users are open to whoever has the public key.`,
        object: `${name}`,
        fix: sql`revoke select on ${name} from ${who};`,
        undo: sql`grant select on ${name} to ${who};`,
      };
    }
  },
});
