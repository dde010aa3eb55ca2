import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** What tells that something else than Postgres's own planner is at work. */
export interface PlannerSigns {
  /** All of `version()`: a server that only speaks Postgres's protocol names itself there. */
  readonly banner: string;
  /** What stands before the dot in the names of settings: "pg_hint_plan", "citus". */
  readonly prefixes: readonly string[];
  /** Amazon Aurora has a function that tells its version. */
  readonly aurora: boolean;
}

export const plannerSigns = catalogQuery<PlannerSigns>({
  name: "planner signs",
  sql: `
  select pg_catalog.version() as banner,
         coalesce((select pg_catalog.jsonb_agg(distinct pg_catalog.split_part(s.name, '.', 1))
                     from pg_catalog.pg_settings s where s.name like '%.%'), '[]') as prefixes,
         exists (select from pg_catalog.pg_proc p where p.proname = 'aurora_version') as aurora`,
});

export async function readPlannerSigns(database: Database): Promise<PlannerSigns> {
  const [found] = await database.read<PlannerSigns>(plannerSigns.sql);
  if (!found) throw new Error("a SELECT without FROM has no row");
  return found;
}
