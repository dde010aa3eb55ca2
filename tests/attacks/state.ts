import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";

/** What there is to change, by name; the value says only whether two states are the same. */
export type State = ReadonlyMap<string, string>;

/** Bytes of write-ahead log that a batch of questions may cost: hint bits and the like. */
const WAL = 500_000;
const LSN = "write-ahead log";

/**
 * A catalog whose rows a mere reader makes the server write: none. Statistics of ANALYZE are in, because ANALYZE is a change.
 * Every catalog is read whole, so that a kind of object nobody thought of is seen as well.
 */
const relations = `
  select n.nspname as schema, c.relname as name, c.relkind as kind
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'm', 'S') and c.relpersistence <> 't'
     and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_toast%'
   order by 1, 2`;

/** Sums a hash of each row's text, which needs no sort. */
const rowsOf = (relation: string, name: string) =>
  `select ${literal(name)}, count(*) || ' ' || coalesce(sum(hashtextextended(r::text, 0)), 0) from only ${relation} r`;

/** Each gives names and values. */
const others = [
  "select 'slot ' || slot_name, plugin::text from pg_replication_slots",
  "select 'prepared transaction ' || gid, database::text from pg_prepared_xacts",
  "select 'configuration loaded', pg_conf_load_time()::text",
  "select 'postgresql.auto.conf', pg_read_file('postgresql.auto.conf')",
  "select 'data folder', string_agg(f, ',' order by f) from pg_ls_dir('.') f",
  `select '${LSN}', (pg_current_wal_insert_lsn() - '0/0')::text`,
  // Held after a call, and not by whoever merely sleeps or watches.
  `select 'lock ' || l.locktype || ' ' || coalesce(l.relation::regclass::text, l.objid::text, ''), l.mode from pg_locks l
     join pg_stat_activity a using (pid) where a.application_name not in ('monitor', 'victim') and l.locktype <> 'virtualxid'`,
  `select 'session ' || pid || ' still at work', state from pg_stat_activity
    where backend_type = 'client backend' and application_name not in ('monitor', 'victim') and state <> 'idle'`,
  // Whatever the user defined and the server ran, with an effect that could be seen or not (track_functions = all).
  `select 'call of ' || f.funcname, f.calls::text from pg_stat_user_functions f join pg_proc p on p.oid = f.funcid
    where not (f.funcname = any ($1)) and p.prorettype <> 'fdw_handler'::regtype`,
];

/** What the benign cases call, and what reads the statistics above. */
const harmless = ["f_ok_stable", "f_ok_imm", "f_imm_sql2", "similarity", "pg_stat_statements", "pg_stat_statements_info"];

export async function readState(monitor: pg.Client): Promise<State> {
  const { rows: found } = await monitor.query<{ schema: string; name: string; kind: string }>(relations);
  const { rows: resets } = await monitor.query<{ name: string }>(
    "select c.oid::regclass::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid where a.attname = 'stats_reset' and c.relkind = 'v'",
  );
  const parts = found.map(({ schema, name, kind }) => {
    const relation = `${identifier(schema)}.${identifier(name)}`;
    if (kind === "S") return `select ${literal(`sequence ${relation}`)}, last_value || ' ' || is_called from ${relation}`;
    return rowsOf(relation, schema === "pg_catalog" ? `catalog ${name}` : `rows of ${relation}`);
  });
  const reset = resets.map(({ name }) => `select ${literal(`statistics reset ${name}`)}, max(stats_reset)::text from ${name}`);
  const facts = await monitor.query<[string, string | null]>({
    text: [...parts, ...others, ...reset].join("\nunion all\n"),
    values: [harmless],
    rowMode: "array",
  });
  return new Map(facts.rows.map(([name, value]) => [name, value ?? ""]));
}

/** Names of what is not as it was. */
export function differences(before: State, after: State): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) =>
    name === LSN ? Number(after.get(name)) - Number(before.get(name)) > WAL : before.get(name) !== after.get(name),
  );
}

/** The files of a folder with what is in them. */
export const filesIn = (folder: string): State =>
  new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [`file ${name}`, readFileSync(join(folder, name), "utf8")]),
  );

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
