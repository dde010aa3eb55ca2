import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** Where and when something was read. Neither host nor user. */
export interface Origin {
  readonly database: string;
  /** By the server's clock, ISO 8601, UTC. */
  readonly now: string;
}

export const origin = catalogQuery<Origin>({
  name: "origin",
  sql: `
  select pg_catalog.current_database()::pg_catalog.text as database,
         pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as now`,
});

export async function readOrigin(database: Database): Promise<Origin> {
  const [found] = await database.read<Origin>(origin.sql);
  if (!found) throw new Error("a SELECT without FROM has no row");
  return found;
}
