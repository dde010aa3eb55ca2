import { callsIn, textsIn } from "../../sql/predicate.ts";
import { nameOf } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

/** What a signed-in user writes with `auth.updateUser()` (https://supabase.com/docs/guides/auth/managing-user-data). */
const written = ["user_metadata", "raw_user_meta_data"];

export default schemaRule({
  id: "schema/rls-user-metadata",
  severity: "error",

  *check(schema) {
    if (!reachOf(schema).supabase) return;
    for (const { table, name, using, check } of schema.policies) {
      const conditions = [using, check].filter((condition) => condition !== undefined);
      const found = conditions
        .flatMap((condition) => (isClaim(condition) ? textsIn(condition) : []))
        .find((text) => written.includes(text));
      if (found === undefined) continue;
      const on = nameOf(table.schema, table.name);
      yield {
        message: `Policy ${nameOf(undefined, name)} of ${on} believes ${found}, which every user may write about themselves, so anybody can pass it.`,
        object: `${on}.${nameOf(undefined, name)}`,
      };
    }
  },
});

/** Reads the token of the request, by Supabase's function or by the setting behind it. */
const isClaim = (condition: string) =>
  /\bauth\.jwt\(\)/.test(condition) ||
  callsIn(condition).some(({ name }) => name === "current_setting") ||
  textsIn(condition).includes("request.jwt.claims");
