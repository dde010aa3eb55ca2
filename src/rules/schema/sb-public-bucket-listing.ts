import { isAlwaysTrue } from "../../sql/predicate.ts";
import { nameOf } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/sb-public-bucket-listing",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    if (!reach.supabase) return;
    for (const { table, name, permissive, command, roles, using = "false" } of schema.policies) {
      if (table.schema !== "storage" || table.name !== "objects" || !table.rowSecurity) continue;
      if (!permissive || !["all", "select"].includes(command) || !(roles?.some((role) => reach.isClient(role)) ?? true)) continue;
      const bucket = bucketOf(using);
      if (bucket === undefined && !isAlwaysTrue(using)) continue;
      yield {
        message: `Policy ${nameOf(undefined, name)} lets ${roles?.join(", ") ?? "everybody"} list every file of ${bucket === undefined ? "every bucket" : `bucket ${bucket}`}: a public one serves files by their address without any policy, and a private one is open to all of them.`,
        object: `storage.objects.${nameOf(undefined, name)}`,
      };
    }
  },
});

/** Of a condition, as the catalog prints it, that asks for a bucket and nothing else. */
const bucketOf = (condition: string) => /^\(bucket_id = E?('(?:[^']|'')*')(?:::\w+)?\)$/.exec(condition)?.[1];
