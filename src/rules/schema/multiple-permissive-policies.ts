import type { Policy } from "../../catalog/policies.ts";
import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

const commands = ["select", "insert", "update", "delete"] as const;

export default schemaRule({
  id: "schema/multiple-permissive-policies",
  severity: "info",

  *check({ tables, policies }) {
    for (const table of tables) {
      const own = policies.filter((policy) => policy.table.oid === table.oid && policy.permissive && table.rowSecurity);
      const shared = commands.flatMap((command) => overlapping(own.filter((policy) => ["all", command].includes(policy.command))));
      const names = [...new Set(shared.map(({ name }) => name))];
      if (names.length === 0) continue;
      const on = nameOf(table.schema, table.name);
      yield {
        message: `${names.map((name) => `${nameOf(undefined, name)}`).join(", ")} on ${on} hold for the same role and command: Postgres joins them with OR, so a row costs all of their conditions and the widest one decides.`,
        object: `${on}`,
        evidence: { policies: names.length },
      };
    }
  },
});

/** Those of one command that some role is under at the same time. */
const overlapping = <Kept extends Pick<Policy, "name" | "roles">>(policies: readonly Kept[]) =>
  policies.filter((policy) => policies.some((other) => other !== policy && meet(policy.roles, other.roles)));

const meet = (one: readonly string[] | undefined, other: readonly string[] | undefined) =>
  one === undefined || other === undefined || one.some((role) => other.includes(role));
