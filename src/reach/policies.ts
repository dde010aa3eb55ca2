import type { Policy } from "../catalog/policies.ts";
import type { Role } from "../catalog/roles.ts";
import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import type { Change } from "./write.ts";

export interface PolicyReach {
  /** Whether they hold for the role that asked; undefined where no role did. */
  readonly holds: boolean | undefined;
  /** Why they do not: "postgres is a superuser". */
  readonly because: string | undefined;
  /** Those for these changes, and for the rows that they read first. */
  readonly policies: readonly Policy[];
  /** No permissive one is for such a change: a role for which they hold reaches no row. */
  readonly denied: boolean;
}

interface Asked {
  readonly table: Table;
  readonly changes: readonly Change[];
  readonly policies: readonly Policy[];
  /** Empty: the schema is a text, and nobody asks. */
  readonly roles: readonly Role[];
}

/** Undefined where the table has no row-level security. */
export function policiesOn({ table, changes, policies, roles }: Asked): PolicyReach | undefined {
  if (!table.rowSecurity) return undefined;
  const commands = new Set<Policy["command"]>(["all", ...changes.flatMap(commandsFor)]);
  const because = whyExempt(table, roles);
  const own = policies.filter((policy) => policy.table === table.oid && commands.has(policy.command));
  const allows = ({ kind }: Change) => own.some(({ permissive, command }) => permissive && (command === "all" || command === kind));
  return {
    holds: roles.length === 0 ? undefined : because === undefined,
    because,
    policies: own,
    denied: !changes.some(allows),
  };
}

/** What is changed or removed is found by reading first (https://www.postgresql.org/docs/current/sql-createpolicy.html). */
const commandsFor = ({ kind }: Change): readonly Policy["command"][] => (kind === "insert" ? ["insert"] : [kind, "select"]);

/** By `check_enable_rls` (src/backend/utils/misc/rls.c). */
function whyExempt({ owner, forcesRowSecurity }: Table, roles: readonly Role[]): string | undefined {
  const current = roles.find((role) => role.current);
  if (!current) return undefined;
  if (current.superuser) return `${quote(current.name)} is a superuser`;
  if (current.bypassesRowSecurity) return `${quote(current.name)} has BYPASSRLS`;
  return !forcesRowSecurity && isMember(current, owner, roles) ? `${quote(current.name)} owns the table` : undefined;
}

function isMember(role: Role, of: string, roles: readonly Role[]): boolean {
  const seen = new Set([role.name]);
  for (const name of seen) for (const next of roles.find((each) => each.name === name)?.memberOf ?? []) seen.add(next);
  return seen.has(of);
}
