/** Schemas that Supabase makes and changes by its own migrations (https://supabase.com/docs/guides/database/tables). */
const managed: ReadonlySet<string> = new Set(
  "auth extensions graphql graphql_public net pgbouncer pgmq_public pgsodium realtime storage supabase_functions supabase_migrations vault _realtime _analytics".split(
    " ",
  ),
);

export const isManaged = (schema: string): boolean => managed.has(schema);

/** Of these schemas of a database with these roles: none unless it is one of Supabase. */
export function managedAmong(schemas: readonly string[], roles: readonly string[]): ReadonlySet<string> {
  const isSupabase = schemas.includes("auth") && roles.includes("authenticated");
  return new Set(isSupabase ? schemas.filter(isManaged) : []);
}
