import type { Schema } from "../catalog/schema.ts";
import { quote } from "../sql/quote.ts";
import { keyOf, type Source } from "./operand.ts";
import { actingRole, identityValue, type Made, type World, worlds } from "./worlds.ts";

/** Who asks. */
export interface Actor {
  /** "anon", "A", "B as app". */
  readonly name: string;
  readonly role: string;
  /** Whose rows are theirs; none: nobody's. */
  readonly world: World | undefined;
  /** Of the session, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Cast {
  readonly actors: readonly Actor[];
  /** Roles that are made for them. */
  readonly prepare: readonly string[];
  readonly limits: readonly string[];
}

/** Roles that are tried where a schema has many. */
const MOST_ROLES = 3;
/** What a policy needs no row's mark for: `auth.role()` is known of everybody. */
const common = new Set(["role"]);

/** On Supabase a visitor, two users, and one of them after editing what users may edit; elsewhere each role that policies or privileges name. */
export function castOf(schema: Schema, made: Made): Cast {
  const names = new Set(schema.roles.map(({ name }) => name));
  const isSupabase = names.has("anon") && names.has("authenticated");
  const found = isSupabase ? ["authenticated"] : rolesOf(schema);
  const invented = found.length === 0;
  const roles = invented ? ["backend_db_mcp_app"] : found.slice(0, MOST_ROLES);
  const byRole = made.identity.sources.has("role");
  const granted = isSupabase ? ["anon", "authenticated"] : roles;
  const assumes =
    invented ||
    !schema.grants.some(({ grantee, on }) => (on === "relation" || on === "column") && grantee !== undefined && granted.includes(grantee));
  const actors = roles.flatMap((role) => actorsAs(role, { isOnly: roles.length === 1, byRole, anon: isSupabase ? "anon" : role }, made));
  return {
    actors,
    prepare: [
      ...(invented ? ["create role backend_db_mcp_app"] : []),
      ...(byRole ? worlds.map((world) => `create role ${actingRole(world)} in role ${roles.map(quote).join(", ")}`) : []),
      ...(assumes ? schema.schemas.filter(({ name }) => name !== "auth").flatMap(({ name }) => grantAll(name, granted)) : []),
    ],
    limits: [
      ...(assumes
        ? [`privileges: no GRANT names ${granted.map((name) => (invented ? "a role" : name)).join(" or ")}, so all are taken for granted`]
        : []),
      ...(found.length > MOST_ROLES ? [`what ${found.slice(MOST_ROLES).join(", ")} may do: ${MOST_ROLES} roles are tried`] : []),
      ...unset(made),
    ],
  };
}

/** Not those who own the database or are above policies by design. */
function rolesOf({ roles, grants, policies, tables }: Schema): readonly string[] {
  const own = new Set([...tables.map(({ oid }) => oid)]);
  const granted = grants
    .filter(({ on, object, owner }) => (on === "relation" || on === "column") && !owner && own.has(object))
    .flatMap(({ grantee }) => grantee ?? []);
  const owners = tables.filter(({ rowSecurity }) => rowSecurity).map(({ owner }) => owner);
  const named = new Set([...policies.flatMap((policy) => policy.roles ?? []), ...granted, ...owners]);
  return roles
    .filter(({ name, superuser }) => named.has(name) && !superuser && name !== "postgres" && name !== "service_role")
    .map(({ name }) => name);
}

function grantAll(schema: string, roles: readonly string[]): readonly string[] {
  const to = `to ${roles.map(quote).join(", ")}`;
  const within = `in schema ${quote(schema)}`;
  return [
    `grant usage on schema ${quote(schema)} ${to}`,
    ...["tables", "sequences", "routines"].map((kind) => `grant all on all ${kind} ${within} ${to}`),
  ];
}

function actorsAs(
  role: string,
  { isOnly, byRole, anon }: { isOnly: boolean; byRole: boolean; anon: string },
  made: Made,
): readonly Actor[] {
  const named = (name: string) => (isOnly || anon === "anon" ? name : `${name} as ${role}`);
  const nobody: Actor = {
    name: anon === "anon" ? "anon" : named("nobody"),
    role: anon,
    world: undefined,
    settings: tokenOf({ role: anon }),
  };
  const users = worlds.map(
    (world): Actor => ({
      name: named(world.toUpperCase()),
      role: byRole ? actingRole(world) : role,
      world,
      settings: settingsOf(world, role, made, world),
    }),
  );
  const edits = [...made.identity.sources.values()].some(isEditable);
  const editor: Actor = {
    name: named("A with an edited user_metadata"),
    role: byRole ? actingRole("a") : role,
    world: "a",
    settings: settingsOf("a", role, made, "b"),
  };
  return [nobody, ...users, ...(edits ? [editor] : [])];
}

/** Anybody writes it with `auth.updateUser` (https://supabase.com/docs/guides/auth/users). */
const isEditable = (source: Source) => source.kind === "claim" && source.path[0] === "user_metadata";

function settingsOf(world: World, role: string, made: Made, edited: World): Readonly<Record<string, string>> {
  const { identity } = made;
  const settings: Record<string, string> = {};
  let token: Document = {
    role,
    sub: identityValue(identity.classOf(keyOf({ kind: "claim", path: ["sub"] })), world, made),
    email: `zz${world}0@example.org`,
  };
  for (const [key, source] of identity.sources) {
    const compared = identity.constants.get(key);
    const value = identityValue(identity.classOf(key), isEditable(source) ? edited : world, made);
    if (source.kind === "setting") settings[source.name] = value;
    if (source.kind !== "claim" || source.path.length === 0 || common.has(source.path.join("."))) continue;
    if (compared && !isEditable(source)) continue;
    if (compared && edited === world) continue;
    token = within(token, source.path, compared?.[0] ?? value);
  }
  return { ...settings, ...tokenOf(token) };
}

interface Document {
  readonly [key: string]: string | Document;
}

function within(document: Document, [key = "", ...rest]: readonly string[], value: string): Document {
  const inner = document[key];
  return { ...document, [key]: rest.length === 0 ? value : within(typeof inner === "object" ? inner : {}, rest, value) };
}

/** As PostgREST sets it, and as it did before (https://docs.postgrest.org/en/stable/references/transactions.html). */
function tokenOf(token: Document): Readonly<Record<string, string>> {
  const single = Object.entries(token).flatMap(([key, value]) =>
    typeof value === "string" ? [[`request.jwt.claim.${key}`, value] as const] : [],
  );
  return { "request.jwt.claims": JSON.stringify(token), ...Object.fromEntries(single) };
}

/** A and B have none of the values that make somebody special. */
const unset = ({ identity }: Made): readonly string[] =>
  [...identity.sources].flatMap(([key, source]) => {
    const values = identity.constants.get(key);
    const isKnown = source.kind !== "claim" || isEditable(source) || common.has(source.path.join("."));
    return values === undefined || isKnown ? [] : [`what a user may do whose ${key} is ${values.join(" or ")}: A and B have no such claim`];
  });
