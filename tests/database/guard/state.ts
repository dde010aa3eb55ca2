import pg from "pg";

/** Everything of a database and of its cluster that a statement could change, as a second session sees it. */
export interface Watch {
  /** Of each kind of state, a digest. */
  look(): Promise<State>;
  end(): Promise<void>;
}

export type State = Readonly<Record<string, string>>;

/** The kinds of state that are not alike. */
export const changes = (before: State, after: State): readonly string[] =>
  Object.keys(before).filter((kind) => before[kind] !== after[kind]);

const digest = (table: string, row: string) => `(select md5(coalesce(string_agg(${row}, '|' order by ${row}), '')) from ${table} t)`;

/** Rows of a catalog without what statistics and vacuum write into it. */
const catalog = (table: string, without: readonly string[] = []) => digest(table, `(to_jsonb(t) - '{${without.join(",")}}'::text[])::text`);

const kinds: Readonly<Record<string, string>> = {
  rows: `(select md5(string_agg(query_to_xml('select * from ' || c.oid::regclass, true, false, '')::text, '|' order by c.oid))
          from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'm'))`,
  relations: catalog("pg_class", ["relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid"]),
  columns: catalog("pg_attribute"),
  functions: catalog("pg_proc"),
  types: catalog("pg_type"),
  schemas: catalog("pg_namespace"),
  constraints: catalog("pg_constraint"),
  "what else is in the catalog": [
    "pg_rewrite",
    "pg_policy",
    "pg_operator",
    "pg_cast",
    "pg_trigger",
    "pg_index",
    "pg_extension",
    "pg_description",
  ]
    .concat(["pg_default_acl", "pg_publication", "pg_event_trigger", "pg_foreign_server", "pg_collation", "pg_opclass", "pg_language"])
    .map((table) => catalog(table))
    .join(" || "),
  sequences: digest("pg_sequences", "t::text"),
  "large objects": `${digest("pg_largeobject_metadata", "t::text")} || ${digest("pg_largeobject", "t::text")}`,
  roles: `${digest("pg_authid", "t::text")} || ${digest("pg_auth_members", "t::text")} || ${digest("pg_db_role_setting", "t::text")}`,
  databases: catalog("pg_database", ["datfrozenxid", "datminmxid"]),
  settings: "(select md5(pg_read_file('postgresql.auto.conf')) || pg_conf_load_time())",
  "advisory locks": `(select count(*)::text from pg_locks where locktype = 'advisory')`,
  "slots, origins and prepared transactions": `(select (select count(*) from pg_replication_slots) || '/' || (select count(*) from pg_replication_origin)
                                               || '/' || (select count(*) from pg_prepared_xacts))`,
  "resets of statistics": `(select concat_ws('/', (select stats_reset from pg_stat_database where datname = current_database()),
                            (select stats_reset from pg_stat_bgwriter), (select max(stats_reset) from pg_stat_slru), (select stats_reset from pg_stat_wal)))`,
  "other sessions": `(select string_agg(concat_ws('/', pid, state, query_start), '|' order by pid) from pg_stat_activity where application_name like 'victim%')`,
  files: "(select string_agg(name, '|' order by name) from pg_ls_dir('.') as name)",
};

const look = `select ${Object.entries(kinds)
  .map(([name, sql]) => `${sql} as "${name}"`)
  .join(", ")}, pg_current_wal_insert_lsn() - '0/0' as wal`;

/** Bytes. Reading writes some, such as the hints of a first scan. */
const MUCH_WAL = 1_000_000;

export async function watch(url: string): Promise<Watch> {
  const watcher = new pg.Client({ connectionString: url, application_name: "watch" });
  const idle = new pg.Client({ connectionString: url, application_name: "victim idle" });
  const busy = new pg.Client({ connectionString: url, application_name: "victim busy" });
  for (const client of [watcher, idle, busy]) {
    client.on("error", () => {});
    await client.connect();
  }
  let heard = 0;
  watcher.on("notification", () => {
    heard += 1;
  });
  await watcher.query("listen chan");
  busy.query("select pg_sleep(100000)").catch(() => {});
  let lastWal: number | undefined;
  let floods = 0;
  return {
    async look() {
      const { rows } = await watcher.query<State & { wal: string }>(look);
      const { wal = "0", ...state } = rows[0] ?? {};
      if (lastWal !== undefined && Number(wal) - lastWal > MUCH_WAL) floods += 1;
      lastWal = Number(wal);
      return { ...state, notifications: String(heard), "floods of WAL": String(floods) };
    },
    async end() {
      // The server ends first what it is busy with.
      await watcher.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'victim%'");
      await Promise.all([watcher, idle, busy].map((client) => client.end()));
    },
  };
}
