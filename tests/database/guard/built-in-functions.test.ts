import { expect, test } from "vitest";
import { isHarmless } from "../../../src/database/guard/built-in-functions.ts";
import { referencesIn } from "../../../src/database/guard/node-tree.ts";
import { cluster } from "../../postgres/fresh-database.ts";
import { readOnce } from "../asking.ts";

interface BuiltIn {
  readonly oid: number;
  readonly name: string;
  readonly volatility: string;
  readonly cstring: boolean;
  readonly language: string;
  /** In operators, casts, aggregates, operator classes, and what reads and prints types. */
  readonly silent: boolean;
}

/** Functions that only triggers, languages, index methods and sampling call are left out: they take or return what no statement has. */
const functions = `
  with silent as (
    select unnest(array[oprcode, oprrest, oprjoin]::oid[]) as oid from pg_operator where oid < 16384
    union select castfunc from pg_cast where oid < 16384
    union select unnest(array[aggfnoid, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[])
          from pg_aggregate where aggfnoid < 16384
    union select amproc from pg_amproc where oid < 16384
    union select unnest(array[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typsubscript]::oid[]) from pg_type where oid < 16384
    union select unnest(array[rngcanonical, rngsubdiff]::oid[]) from pg_range where rngtypid < 16384
    union select prosupport from pg_proc where oid < 16384
  )
  select p.oid, p.proname::text as name, p.provolatile::text as volatility, 2275 = any (p.proargtypes) as cstring, l.lanname::text as language,
         p.oid in (select s.oid from silent s) as silent
  from pg_proc p join pg_language l on l.oid = p.prolang
  where p.oid < 16384 and p.pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    and p.prorettype <> all ('{trigger,event_trigger,language_handler,fdw_handler,index_am_handler,tsm_handler,table_am_handler}'::regtype[])
  order by name`;

const readAll = (version: 15 | 18) => readOnce<BuiltIn>(cluster(version).url(), functions);
const namesOf = (them: readonly BuiltIn[]) => [...new Set(them.map(({ name }) => name))].join(" ");

test("these functions of Postgres are let through although they are volatile", async () => {
  const allowed = (await readAll(18)).filter((one) => one.volatility === "v" && isHarmless(one, "call"));
  expect(namesOf(allowed)).toMatchInlineSnapshot(
    `"array_sample array_shuffle clock_timestamp current_query currval gen_random_uuid lastval pg_blocking_pids pg_collation_actual_version pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_get_sequence_data pg_get_wait_events pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_io pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_commit_timestamp random random_normal timeofday uuidv4 uuidv7"`,
  );
});

test("these functions of Postgres are refused although they are not volatile", async () => {
  const refused = (await readAll(18)).filter((one) => one.volatility !== "v" && !one.cstring && !isHarmless(one, "call"));
  expect(namesOf(refused)).toMatchInlineSnapshot(
    `"database_to_xml database_to_xml_and_xmlschema database_to_xmlschema fmgr_c_validator fmgr_internal_validator fmgr_sql_validator pg_config pg_current_xact_id pg_event_trigger_ddl_commands pg_event_trigger_dropped_objects pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason pg_filenode_relation pg_get_function_sqlbody pg_get_functiondef pg_get_publication_tables pg_input_error_info pg_input_is_valid pg_relation_filepath pg_replication_origin_oid pg_show_all_settings pg_tablespace_location postgresql_fdw_validator satisfies_hash_partition schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema table_to_xmlschema to_regtypemod txid_current"`,
  );
});

test("15 has no function that 18 has not and that is decided otherwise than by its volatility", async () => {
  const later = new Set((await readAll(18)).map(({ name }) => name));
  const gone = (await readAll(15)).filter(({ name }) => !later.has(name));
  expect(namesOf(gone.filter((one) => !one.cstring && isHarmless(one, "call") !== (one.volatility !== "v")))).toBe("");
});

test.each([15, 18] as const)(
  "no operator, cast, aggregate, type or index of Postgres runs a function that is refused (%i)",
  async (version) => {
    const silent = (await readAll(version)).filter((one) => one.silent);
    expect(silent.length).toBeGreaterThan(1_500);
    expect(namesOf(silent.filter((one) => !isHarmless(one, "support")))).toBe("");
  },
);

interface View {
  readonly name: string;
  readonly tree: string;
}

const views = `select ev_class::regclass::text as name, ev_action::text as tree from pg_rewrite where ev_class < 16384 and ev_type = '1' order by 1`;

test("the views of Postgres run nothing that is refused, but for those that hold secrets", async () => {
  const refused = (await readAll(18)).filter((one) => !isHarmless(one, "system view")).map(({ oid }) => oid);
  const running = (await readOnce<View>(cluster(18).url(), views)).filter(({ tree }) =>
    referencesIn(tree).builtIn.some((oid) => refused.includes(oid)),
  );
  expect(running.map(({ name }) => name).join(" ")).toMatchInlineSnapshot(
    `"pg_backend_memory_contexts pg_file_settings pg_hba_file_rules pg_ident_file_mappings pg_shmem_allocations pg_shmem_allocations_numa"`,
  );
});

test.each([15, 18] as const)("Postgres comes with functions in three languages only (%i)", async (version) => {
  expect([...new Set((await readAll(version)).map(({ language }) => language))].sort()).toEqual(["c", "internal", "sql"]);
});
