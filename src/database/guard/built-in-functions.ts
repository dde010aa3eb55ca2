/**
 * Functions that come with Postgres, are VOLATILE, and still only read or compute. Every other volatile one is refused,
 * those of later versions too. tests/database/guard/built-in-functions.test.ts goes through what real servers have.
 */
const harmless = new Set(
  `
  clock_timestamp timeofday random random_normal gen_random_uuid uuidv4 uuidv7 array_sample array_shuffle
  currval lastval current_query pg_sequence_last_value pg_get_sequence_data
  pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size
  pg_partition_tree pg_partition_ancestors pg_collation_actual_version pg_database_collation_actual_version
  pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_blocking_pids pg_safe_snapshot_blocking_pids
  pg_lock_status pg_prepared_xact pg_notification_queue_usage pg_get_wait_events pg_xact_commit_timestamp
  pg_current_wal_lsn pg_current_wal_insert_lsn pg_current_wal_flush_lsn
  pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
  pg_stat_get_io pg_stat_get_backend_io pg_stat_get_backend_wal
  pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls
  pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans
  pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated
  pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned
  pg_stat_get_xact_tuples_updated
  `
    .trim()
    .split(/\s+/),
);

/**
 * Functions that are not VOLATILE, or would not need to be, and do more than read what is named before everybody's
 * eyes: they read tables and run functions that a string or an identifier names (`*_to_xml*`, `pg_input_*`, a
 * partitioned table's hash, the validators), assign a transaction id, or show files, settings and definitions of the server.
 */
const refusedNames = new RegExp(
  `^(?:${[
    "(?:database|schema|table|query|cursor)_to_xml.*",
    "pg_input_is_valid|pg_input_error_info|to_regtypemod|satisfies_hash_partition",
    "fmgr_.*|.*_validator|amvalidate|binary_upgrade_.*|pg_event_trigger_.*",
    "txid_current|pg_current_xact_id",
    "pg_get_functiondef|pg_get_function_sqlbody|pg_get_publication_tables",
    "pg_config|pg_show_all_settings|pg_show_all_file_settings|pg_hba_file_rules|pg_ident_file_mappings",
    "pg_relation_filepath|pg_filenode_relation|pg_tablespace_location",
    "pg_read_.*|pg_ls_.*|pg_stat_file|pg_current_logfile|lo_.*|loread|lowrite",
    "set_config|setval|nextval|setseed|pg_notify|pg_sleep.*|dblink.*",
    "pg_(?:try_)?advisory_.*|pg_(?:terminate|cancel)_backend|pg_reload_conf|pg_rotate_logfile.*|pg_promote",
    "pg_stat_reset.*|pg_stat_clear_snapshot|pg_stat_force_next_flush|pg_switch_wal|pg_logical_.*|pg_log_.*",
    "pg_(?:create|drop|copy|replication|sync)_.*|pg_export_snapshot|pg_import_.*|pg_backup_.*|pg_wal_replay_.*",
    "pg_(?:restore|clear)_.*_stats|ts_stat|currtid.*|brin_(?:de)?summarize_.*|gin_clean_pending_list",
  ].join("|")})$`,
);

/** Read by the views that come with Postgres, each in the one way that the view shows. */
const ofSystemViews = new Set(
  `
  pg_show_all_settings pg_config pg_get_publication_tables pg_get_aios pg_show_replication_origin_status
  pg_stat_get_recovery_prefetch
  `
    .trim()
    .split(/\s+/),
);

/** Defaults of columns that an INSERT would use. A plain EXPLAIN evaluates nothing volatile, and no target list. */
const ofDefaults = new Set(["nextval", "txid_current", "pg_current_xact_id"]);

/** In which place a function stands. */
export type Place = "call" | "system view" | "default" | "support";

interface BuiltIn {
  readonly name: string;
  readonly volatility: string;
  /** One of its arguments is a cstring, which only functions that read and print types take. */
  readonly cstring: boolean;
}

/** Whether a function that came with Postgres can do nothing but read and compute in this place. */
export function isHarmless({ name, volatility, cstring }: BuiltIn, place: Place): boolean {
  if (place === "default" && ofDefaults.has(name)) return true;
  if (place === "system view" && ofSystemViews.has(name)) return true;
  // domain_in('x', 'some_domain'::regtype, -1) runs the CHECKs of a domain that no cast names.
  if (cstring && place !== "support") return false;
  return !refusedNames.test(name) && (volatility !== "v" || harmless.has(name));
}
