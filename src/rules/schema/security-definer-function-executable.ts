import type { UserFunction } from "../../catalog/functions.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/security-definer-function-executable",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    const asking = askingWho(schema.functions);
    for (const found of schema.functions) {
      const { oid, schema: place, name, arguments: parameters, kind, owner, securityDefiner, returns } = found;
      // A trigger function cannot be called by hand.
      if (!securityDefiner || returns === "trigger" || returns === "event_trigger") continue;
      const strangers = reach.strangers({ oid, schema: place }, ["EXECUTE"]);
      if (strangers.length === 0) continue;

      const called = `${nameOf(place, name)}(${parameters})`;
      const what = kind === "procedure" ? "procedure" : "function";
      const who = raw(strangers.map((role) => (role === "PUBLIC" ? "public" : `${nameOf(undefined, role)}`)).join(", "));
      const asks = asking.has(found);
      // Who signed in was meant to run it: taking that away may break the application.
      const isNamed = strangers.every((role) => role === "authenticated");
      yield {
        message: `${strangers.join(", ")} may run ${called}, which is SECURITY DEFINER: whatever it does is done with the rights of ${nameOf(undefined, owner)}, past every policy that does not hold for that role.${asks ? " Its body asks who calls: see that every way through it does." : isNamed ? " See that it does no more than they are meant to do." : ""}`,
        object: called,
        ...(asks && { severity: "info" as const }),
        ...(!isNamed && {
          fix: sql`revoke execute on ${raw(what)} ${raw(called)} from ${who};`,
          undo: sql`grant execute on ${raw(what)} ${raw(called)} to ${who};`,
        }),
      };
    }
  },
});

/** `current_user` is the owner in such a function and says nothing of who calls. */
const who = /\bauth\.(uid|jwt|email)\s*\(|\bsession_user\b|\bcurrent_setting\s*\(\s*'(request\.|app\.|jwt\.)/i;

/** Functions that look at who calls, themselves or by one of the others. */
function askingWho(functions: readonly UserFunction[]): ReadonlySet<UserFunction> {
  const asking = new Set(functions.filter(({ definition }) => who.test(definition)));
  for (let before = -1; before < asking.size; ) {
    before = asking.size;
    const names = new Set(Array.from(asking, ({ name }) => name));
    for (const each of functions) if (!asking.has(each) && callsOneOf(each, names)) asking.add(each);
  }
  return asking;
}

const callsOneOf = ({ body }: UserFunction, names: ReadonlySet<string>) =>
  [...body.matchAll(/([\p{L}_][\w$]*)"?\s*\(/gu)].some(([, called = ""]) => names.has(called) || names.has(called.toLowerCase()));
