import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import { reachOf } from "./reach.ts";

/** Of Supabase itself. */
const managed = new Set(["auth", "storage", "realtime", "vault", "graphql", "graphql_public", "extensions", "cron", "net", "pgmq"]);

/**
 * The relations whose names and columns a role of the API is told by introspection: pg_graphql shows what the role may
 * select from (https://supabase.github.io/pg_graphql/security/).
 */
export function graphqlShows(schema: Schema, role: string): readonly Table[] {
  const reach = reachOf(schema);
  if (!reach.supabase || !schema.extensions.some(({ name }) => name === "pg_graphql")) return [];
  return [...schema.tables, ...schema.views].filter((relation) => {
    if (managed.has(relation.schema) || relation.partition.bound !== undefined) return false;
    return reach.strangers(relation, ["SELECT"]).some((stranger) => stranger === role || stranger === "PUBLIC");
  });
}
