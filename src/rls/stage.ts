import type { Catalog } from "../catalog/catalog.ts";
import type { Grant } from "../catalog/grants.ts";
import type { Role } from "../catalog/roles.ts";
import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import { furnish } from "../twin/furnish.ts";
import { createObjects } from "../twin/objects.ts";
import type { Session } from "../twin/twin.ts";

/** Puts the schema in place with its owners, roles and privileges. Tells what is missing. */
export async function setStage(scratch: Session, schema: Schema): Promise<readonly string[]> {
  const catalog = catalogOf(schema);
  await scratch.run([
    "set local check_function_bodies = off",
    ...schema.roles.filter(({ name }) => name !== "postgres").map(roleSql),
    ...schema.roles.flatMap(membershipSql),
  ]);
  await scratch.run(authOf(schema));
  const limits = await createObjects(scratch, catalog);
  const missing = await furnish(scratch, catalog, {
    schemas: schema.schemas.map(({ name }) => name),
    sequences: schema.sequences,
    triggers: schema.triggers.filter(({ enabled }) => enabled !== "disabled").map((trigger) => ({ ...trigger, table: trigger.table.oid })),
    policies: schema.policies.map((policy) => ({ ...policy, table: policy.table.oid })),
  });
  const named = new Map([...schema.sequences, ...catalog.tables].map((relation) => [relation.oid, qualified(relation)]));
  const things: Things = {
    relation: named,
    column: named,
    sequence: named,
    schema: new Map(schema.schemas.map(({ oid, name }) => [oid, quote(name)])),
    function: new Map(schema.functions.map(({ oid, signature }) => [oid, signature])),
  };
  await scratch.run([...ownersSql(schema), ...publicSql(schema), ...schema.grants.flatMap((grant) => grantSql(grant, things))]);
  return [...new Set([...limits.map(({ text }) => text), ...missing])]
    .map((text) => text.replace("is not in the twin", "could not be made"))
    .filter((text) => !ofPlans.test(text));
}

/** What is told of plans is nothing here. */
const ofPlans = /row-level security|planner|plans? /i;

/** As much of a catalog as rows need: no sizes, no statistics. */
function catalogOf(schema: Schema): Catalog {
  const here = new Set(schema.tables.map(({ oid }) => oid));
  const outside = new Map(
    schema.foreignKeys.filter(({ references }) => !here.has(references.oid)).map(({ references }) => [references.oid, references]),
  );
  return {
    ...schema,
    tables: [...outside.values(), ...schema.tables, ...schema.views],
    functions: schema.functions.filter(({ kind }) => kind !== "window function"),
    baseTypes: [],
    collations: [],
    aggregates: [],
    operators: [],
    casts: [],
    rewrites: [],
    plannerSigns: { banner: "", prefixes: [], aurora: false },
    statistics: [],
    extended: [],
    extendedValues: [],
    access: [],
  };
}

const roleSql = ({ name, superuser, bypassesRowSecurity }: Role) =>
  `create role ${quote(name)} ${superuser ? "superuser" : "nosuperuser"} ${bypassesRowSecurity ? "bypassrls" : "nobypassrls"}`;

const membershipSql = ({ name, memberOf }: Role) =>
  name === "postgres" ? [] : memberOf.map((group) => `grant ${quote(group)} to ${quote(name)}`);

const ownersSql = ({ tables, views, functions, schemas }: Schema): readonly string[] => [
  ...tables.map(
    (table) => `alter ${table.kind === "foreign table" ? "foreign " : ""}table ${qualified(table)} owner to ${quote(table.owner)}`,
  ),
  ...views.map((view) => `alter ${view.kind} ${qualified(view)} owner to ${quote(view.owner)}`),
  ...functions.map(
    ({ kind, signature, owner }) => `alter ${kind === "procedure" ? kind : "function"} ${signature} owner to ${quote(owner)}`,
  ),
  ...schemas.map(({ name, owner }) => `alter schema ${quote(name)} owner to ${quote(owner)}`),
];

/** The catalog tells whom a function is for, so it is first for nobody. */
const publicSql = ({ functions, schemas }: Schema): readonly string[] => [
  ...functions.map(({ kind, signature }) => `revoke execute on ${kind === "procedure" ? kind : "function"} ${signature} from public`),
  ...schemas.map(({ name }) => `revoke all on schema ${quote(name)} from public`),
];

type Things = Readonly<Record<Grant["on"], ReadonlyMap<number, string>>>;

const words: Readonly<Record<Grant["on"], string>> = {
  relation: "table",
  column: "table",
  sequence: "sequence",
  schema: "schema",
  function: "routine",
};

function grantSql({ on, object, column, grantee, owner, privileges }: Grant, things: Things): readonly string[] {
  const name = things[on].get(object);
  if (name === undefined || owner) return [];
  const part = column === undefined ? "" : ` (${quote(column)})`;
  return privileges.map(
    (privilege) => `grant ${privilege}${part} on ${words[on]} ${name} to ${grantee === undefined ? "public" : quote(grantee)}`,
  );
}

const claims = "coalesce(nullif(pg_catalog.current_setting('request.jwt.claims', true), ''), '{}')::pg_catalog.jsonb";

/** Of a schema that names Supabase's functions and does not bring them along (https://supabase.com/docs/guides/database/postgres/row-level-security). */
function authOf({ functions, policies, views, roles, foreignKeys }: Schema): readonly string[] {
  const texts = [
    ...policies.flatMap(({ using = "", check = "" }) => [using, check]),
    ...functions.map(({ definition }) => definition),
    ...views.map(({ definition = "" }) => definition),
  ];
  const isMade = functions.some(({ schema }) => schema === "auth");
  if (isMade || !texts.some((text) => /\bauth\./.test(text))) return [];
  const hasUsers = foreignKeys.some(({ references }) => references.schema === "auth" && references.name === "users");
  const made = (name: string, type: string, value: string) =>
    `create function auth.${name}() returns ${type} language sql stable as ${literal(`select ${value}`)}`;
  return [
    "create schema if not exists auth",
    made("jwt", "jsonb", claims),
    made("uid", "uuid", `(${claims} ->> 'sub')::uuid`),
    made("role", "text", `${claims} ->> 'role'`),
    made("email", "text", `${claims} ->> 'email'`),
    ...(hasUsers
      ? []
      : [
          "create table auth.users (id uuid primary key, email text, phone text, role text, raw_app_meta_data jsonb, raw_user_meta_data jsonb, created_at timestamptz, updated_at timestamptz)",
        ]),
    ...roles
      .filter(({ name }) => name === "anon" || name === "authenticated")
      .map(({ name }) => `grant usage on schema auth to ${quote(name)}`),
  ];
}

/** Materialized views hold what was there when they were last filled. */
export const refillSql = (views: readonly Table[]): readonly string[] =>
  views.filter(({ kind }) => kind === "materialized view").map((view) => `refresh materialized view ${qualified(view)}`);
