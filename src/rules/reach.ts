import type { Grant } from "../catalog/grants.ts";
import type { Oid } from "../catalog/names.ts";
import type { Role } from "../catalog/roles.ts";
import type { Schema } from "../catalog/schema.ts";

/**
 * Who can use what besides its owner. Roles count that a person or a program comes in by: those that log in, without
 * superusers and without those that bypass row-level security, and the roles they are members of. On Supabase these are
 * also `anon` and `authenticated`, which its API takes on for every request.
 */
export interface Reach {
  /** The database is one of Supabase's: its API answers whoever has the public key. */
  readonly supabase: boolean;
  /** Whether anybody can be this role; undefined is PUBLIC. */
  isClient(role: string | undefined): boolean;
  /** The grantees that hold one of these privileges on an object and USAGE of its schema, "PUBLIC" for everybody. */
  holders(object: { readonly oid: Oid; readonly schema: string }, privileges: readonly string[]): readonly string[];
  /** Those of `holders` that act for people nobody knows: PUBLIC, `anon` and `authenticated` on Supabase. */
  strangers(object: { readonly oid: Oid; readonly schema: string }, privileges: readonly string[]): readonly string[];
}

const apiRoles = ["anon", "authenticated"];
const PUBLIC = "PUBLIC";

const known = new WeakMap<Schema, Reach>();

/** Several rules ask the same of a schema. */
export function reachOf(schema: Schema): Reach {
  const reach = known.get(schema) ?? readReach(schema);
  known.set(schema, reach);
  return reach;
}

function readReach({ roles, schemas, grants }: Schema): Reach {
  const names = new Set(roles.map(({ name }) => name));
  const supabase = schemas.some(({ name }) => name === "auth" || name === "storage") || names.has("supabase_admin");
  const clients = clientsAmong(roles, supabase ? apiRoles.filter((name) => names.has(name)) : []);
  const isClient = (role: string | undefined) => role === undefined || clients.has(role);

  const byObject = new Map<Oid, Grant[]>();
  for (const grant of grants) {
    if (grant.owner || !isClient(grant.grantee)) continue;
    byObject.set(grant.object, [...(byObject.get(grant.object) ?? []), grant]);
  }
  const used = new Map(
    schemas.map(({ oid, name }) => [name, (byObject.get(oid) ?? []).filter(({ privileges }) => privileges.includes("USAGE"))]),
  );
  const related = relatedRoles(roles);
  const enters = (schema: string, grantee: string | undefined) =>
    (used.get(schema) ?? []).some((usage) => usage.grantee === undefined || grantee === undefined || related(grantee).has(usage.grantee));

  const holders: Reach["holders"] = ({ oid, schema }, privileges) => {
    const held = (byObject.get(oid) ?? []).filter(
      (grant) => grant.privileges.some((privilege) => privileges.includes(privilege)) && enters(schema, grant.grantee),
    );
    return [...new Set(held.map(({ grantee }) => grantee ?? PUBLIC))];
  };
  return {
    supabase,
    isClient,
    holders,
    strangers: (object, privileges) =>
      holders(object, privileges).filter((name) => name === PUBLIC || (supabase && apiRoles.includes(name))),
  };
}

/** Whoever logs in, and every role that is one of theirs through membership. */
function clientsAmong(roles: readonly Role[], more: readonly string[]): ReadonlySet<string> {
  const byName = new Map(roles.map((role) => [role.name, role]));
  const isPrivileged = (role: Role | undefined) => role === undefined || role.superuser || role.bypassesRowSecurity;
  const clients = new Set(more);
  const waiting = roles.filter((role) => role.login && !isPrivileged(role)).map(({ name }) => name);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const role = byName.get(name);
    if (!role || clients.has(name) || isPrivileged(role)) continue;
    clients.add(name);
    waiting.push(...role.memberOf);
  }
  return clients;
}

/** A role, what it is a member of and who is a member of it: the rights of one serve the other. */
function relatedRoles(roles: readonly Role[]): (name: string) => ReadonlySet<string> {
  const byName = new Map(roles.map((role) => [role.name, role]));
  return (name) =>
    new Set([
      name,
      ...(byName.get(name)?.memberOf ?? []),
      ...roles.filter(({ memberOf }) => memberOf.includes(name)).map((role) => role.name),
    ]);
}
