/**
 * Counters since the statistics were last reset (`Settings.statisticsReset`), or since the relation was made. They live
 * on one server: a standby counts its own scans. All zero for what was read from DDL text.
 */
export interface TableUsage {
  readonly sequentialScans: number;
  /** Rows that those read. */
  readonly sequentialRows: number;
  readonly indexScans: number;
  /** Rows that those fetched. */
  readonly indexRows: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  /** Updates that touched no index. */
  readonly hotUpdates: number;
  readonly liveRows: number;
  readonly deadRows: number;
  /** Rows changed since the last ANALYZE. */
  readonly changedRows: number;
  /** By hand or by autovacuum, ISO 8601; null: never, or forgotten with the statistics. */
  readonly vacuumed: string | null;
  readonly analyzed: string | null;
  readonly vacuums: number;
  readonly autovacuums: number;
}

export interface IndexUsage {
  readonly scans: number;
  /** Entries that those returned. */
  readonly entries: number;
  /** Rows that simple index scans fetched by it. */
  readonly rows: number;
}

const iso = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`;

/**
 * For a row `c` of `pg_class`. The functions that `pg_stat_all_tables` is made of, since the view itself first groups all
 * tables with all indexes (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-FUNCTIONS).
 */
export const usageOfTable = `
         pg_catalog.jsonb_build_object(
           'sequentialScans', pg_catalog.pg_stat_get_numscans(c.oid),
           'sequentialRows', pg_catalog.pg_stat_get_tuples_returned(c.oid),
           'indexScans', coalesce((select pg_catalog.sum(pg_catalog.pg_stat_get_numscans(x.indexrelid))
                                     from pg_catalog.pg_index x where x.indrelid = c.oid), 0),
           'indexRows', coalesce((select pg_catalog.sum(pg_catalog.pg_stat_get_tuples_fetched(x.indexrelid))
                                    from pg_catalog.pg_index x where x.indrelid = c.oid), 0)
                        + pg_catalog.pg_stat_get_tuples_fetched(c.oid),
           'inserts', pg_catalog.pg_stat_get_tuples_inserted(c.oid),
           'updates', pg_catalog.pg_stat_get_tuples_updated(c.oid),
           'deletes', pg_catalog.pg_stat_get_tuples_deleted(c.oid),
           'hotUpdates', pg_catalog.pg_stat_get_tuples_hot_updated(c.oid),
           'liveRows', pg_catalog.pg_stat_get_live_tuples(c.oid),
           'deadRows', pg_catalog.pg_stat_get_dead_tuples(c.oid),
           'changedRows', pg_catalog.pg_stat_get_mod_since_analyze(c.oid),
           'vacuumed', pg_catalog.to_char(greatest(pg_catalog.pg_stat_get_last_vacuum_time(c.oid),
                         pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) at time zone 'UTC', ${iso}),
           'analyzed', pg_catalog.to_char(greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
                         pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) at time zone 'UTC', ${iso}),
           'vacuums', pg_catalog.pg_stat_get_vacuum_count(c.oid),
           'autovacuums', pg_catalog.pg_stat_get_autovacuum_count(c.oid))`;

/** For a row `i` of `pg_index`. */
export const usageOfIndex = `
         pg_catalog.jsonb_build_object(
           'scans', pg_catalog.pg_stat_get_numscans(i.indexrelid),
           'entries', pg_catalog.pg_stat_get_tuples_returned(i.indexrelid),
           'rows', pg_catalog.pg_stat_get_tuples_fetched(i.indexrelid))`;
