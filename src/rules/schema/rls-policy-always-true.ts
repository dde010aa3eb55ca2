import type { Policy } from "../../catalog/policies.ts";
import { isAlwaysTrue } from "../../sql/predicate.ts";
import { nameOf } from "../../sql/quote.ts";
import { reachOf } from "../reach.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/rls-policy-always-true",
  severity: "warning",

  *check(schema) {
    const reach = reachOf(schema);
    for (const { table, ...policy } of schema.policies) {
      const { permissive, command, roles, name } = policy;
      // That everybody may read is often meant, and so is any policy of a role that nobody can be.
      if (!table.rowSecurity || !permissive || command === "select") continue;
      if (roles !== undefined && !roles.some((role) => reach.isClient(role))) continue;
      const opens = opened(policy);
      const isNarrowed = schema.policies.some(
        (other) => other.table.oid === table.oid && !other.permissive && ["all", command].includes(other.command),
      );
      if (opens.length === 0 || isNarrowed) continue;

      const [on, who] = [nameOf(table.schema, table.name), roles?.join(", ") ?? "everybody"];
      const held = reach.holders(table, rights[command]);
      yield {
        message: `Policy ${nameOf(undefined, name)} lets ${who} ${opens.join(" and ")} in ${on}, because its condition is true for all of them.`,
        object: `${on}.${nameOf(undefined, name)}`,
        evidence: { roles: who, holdsTheRight: held.join(", ") || "nobody" },
        ...(held.length > 0 && { severity: "error" as const }),
      };
    }
  },
});

const rights: Readonly<Record<Policy["command"], readonly string[]>> = {
  all: ["INSERT", "UPDATE", "DELETE"],
  select: [],
  insert: ["INSERT"],
  update: ["UPDATE"],
  delete: ["DELETE"],
};

/**
 * What a policy leaves open. A missing WITH CHECK means USING; an INSERT policy has neither then, and allows nothing
 * (https://www.postgresql.org/docs/current/sql-createpolicy.html).
 */
function opened({ command, using, check = using }: Omit<Policy, "table">): readonly string[] {
  const anyRow = using !== undefined && command !== "insert" && isAlwaysTrue(using);
  const anyValue = check !== undefined && command !== "delete" && isAlwaysTrue(check);
  if (command === "insert") return anyValue ? ["insert any row"] : [];
  if (anyRow) return [command === "delete" ? "delete any row" : command === "update" ? "change any row" : "change and delete any row"];
  return anyValue ? ["turn their rows into anybody's"] : [];
}
