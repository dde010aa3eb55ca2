import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** A table with many dead rows, as the server counted them. */
export interface DeadRows {
  readonly schema: string;
  readonly name: string;
  readonly live: number;
  readonly dead: number;
  /** Dead rows from which autovacuum comes: its threshold and its share of the table, of the table's own where it has some. */
  readonly threshold: number;
  /** Autovacuum is on, for the server and for this table. */
  readonly automatic: boolean;
  /** By hand or by autovacuum, ISO 8601. */
  readonly vacuumed: string | undefined;
}

interface Row extends Omit<DeadRows, "vacuumed"> {
  readonly vacuumed: string | null;
}

const own = (name: string) => `(select o.option_value from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = '${name}')`;
const number = (name: string) => parsed("float8", `coalesce(${own(name)}, pg_catalog.current_setting('${name}'))`);

/** Fewer are no burden, whatever their share. */
const LEAST = 10_000;

/** The fifty with most of them (https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM). */
export const deadRows = catalogQuery<Row>({
  name: "dead rows",
  live: true,
  sql: `
  select n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as name,
         d.live as live,
         d.dead as dead,
         least(${number("autovacuum_vacuum_threshold")} + ${number("autovacuum_vacuum_scale_factor")} * greatest(c.reltuples, 0),
               nullif(${parsed("float8", `coalesce(${own("autovacuum_vacuum_max_threshold")}, pg_catalog.current_setting('autovacuum_vacuum_max_threshold', true))`)}, -1))
           as threshold,
         ${parsed("bool", "pg_catalog.current_setting('autovacuum')")}
           and ${parsed("bool", "pg_catalog.current_setting('track_counts')")}
           and coalesce(${parsed("bool", own("autovacuum_enabled"))}, true) as automatic,
         pg_catalog.to_char(greatest(pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid))
                            at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as vacuumed
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.pg_stat_get_live_tuples(c.oid)::pg_catalog.float8 as live,
                              pg_catalog.pg_stat_get_dead_tuples(c.oid)::pg_catalog.float8 as dead) d
   where c.relkind in ('r', 'm') and c.relpersistence <> 't' and d.dead >= ${LEAST}
   order by d.dead desc, 1, 2
   limit 50`,
});

export async function readDeadRows(database: Database): Promise<readonly DeadRows[]> {
  return (await database.read<Row>(deadRows.sql)).map((row) => ({ ...row, vacuumed: row.vacuumed ?? undefined }));
}
