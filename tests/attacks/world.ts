import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { listen } from "../database/wire.ts";
import { type Cluster, startCluster, type Version } from "../postgres/server.ts";
import { type Places, worldSql } from "./cases.ts";
import { openPooled } from "./pooled.ts";
import { filesIn, type State } from "./state.ts";
import { openWatch, type Watch } from "./watch.ts";

export type Role = "postgres" | "ro";

/** A database with traps in it, and everything that watches it. */
export interface World {
  readonly version: Version;
  /** What the exam's placeholders stand for; the port is another one after a cluster was made anew. */
  places(): Places;
  /** For the server under test: its connections can be looked into. */
  url(role: Role): string;
  /** As the superuser, outside what is looked into. */
  run(sql: string): Promise<void>;
  /** Everything that a call could have changed. Waits until the server under test has come to rest. */
  state(): Promise<State>;
  /** The part of `state` that is cheap, and that could be gone after the next call. */
  glance(): Promise<State>;
  /** Secrets that no answer may hold, by name. */
  secrets(): ReadonlyMap<string, RegExp>;
  /** Closes the sessions of the server under test. */
  cut(): void;
  /** As it was made; the server under test has to connect again. */
  fresh(): Promise<void>;
  stop(): Promise<void>;
}

const settings = {
  shared_preload_libraries: "pg_stat_statements",
  wal_level: "logical",
  max_prepared_transactions: "4",
  track_functions: "all",
  autovacuum: "off",
  bgwriter_lru_maxpages: "0",
  checkpoint_timeout: "1h",
};

/** dblink and postgres_fdw come back without a password, as they may on a developer's machine. */
const access = ["local all all trust", "host all all 127.0.0.1/32 trust"];

const DATABASE = "app";
const TEMPLATE = "app_template";
const READER_PASSWORD = "READERPASSWORD-5b1e";
const SECRET_FILE = "SECRETFILE-7f3a";

const planted = [
  ["a file of the database's machine", new RegExp(`${SECRET_FILE}|root:x:0:0`)],
  ["a password's hash", /SCRAM-SHA-256\$/],
  ["a value of a row", /CELLSECRET-91c2|user\d+@example\.com/],
] as const;

/**
 * What a session has become since it was opened: settings that were SET, another role, and what
 * lives as long as a session does. What it counted of called functions is made visible to others.
 */
const session = `
  select concat_ws('|',
    (select string_agg(name || '=' || setting, '|' order by name) from pg_catalog.pg_settings where source = 'session'),
    (select 'role ' || current_user where current_user <> session_user),
    (select string_agg('prepared statement ' || name, '|') from pg_catalog.pg_prepared_statements),
    (select string_agg('cursor ' || name, '|') from pg_catalog.pg_cursors where name <> ''),
    (select string_agg('listening to ' || channel, '|') from pg_catalog.pg_listening_channels() channel),
    (select 'temporary tables' where pg_catalog.pg_my_temp_schema() <> 0),
    nullif(pg_catalog.pg_stat_force_next_flush()::text, ''))`;

export async function buildWorld(version: Version): Promise<World> {
  const scratch = await mkdtemp(join(tmpdir(), "attacks-"));
  await chmod(scratch, 0o777);
  let outbound = 0;
  const listener = await listen((socket) => {
    outbound += 1;
    socket.destroy();
  });
  let cluster = await newCluster(version, scratch);
  let pristine = await sharedBy(cluster);
  const pooled = await openPooled(() => cluster.port);
  let watch = await watchOf(cluster);
  const connections = () => new Map([["outbound connections", String(outbound)]]);

  return {
    version,
    secrets: () => new Map([...planted, ["a password", new RegExp(`${READER_PASSWORD}|${cluster.password}`)]]),
    places: () => ({ postgresPort: cluster.port, listenerPort: listener.port, scratch }),
    url: (role) =>
      `postgres://${role}:${role === "ro" ? READER_PASSWORD : cluster.password}@127.0.0.1:${pooled.port}/${DATABASE}?sslmode=disable`,
    run: (sql) => onDatabase(cluster, DATABASE, sql),
    async state() {
      const sessions = await pooled.ask(session);
      const changed = sessions.flatMap((said) => said.split("|").filter(Boolean));
      const poisoned = new Map(changed.map((item) => [`session with ${item}`, ""]));
      return new Map([...(await watch.atRest(sessions.length)), ...filesIn(scratch), ...connections(), ...poisoned]);
    },
    glance: async () => new Map([...(await watch.glance()), ...filesIn(scratch), ...connections()]),
    cut: () => pooled.cut(),
    async fresh() {
      await watch.close();
      pooled.cut();
      if ((await sharedBy(cluster)) === pristine) await newDatabase(cluster);
      else {
        await cluster.stop();
        cluster = await newCluster(version, scratch);
        pristine = await sharedBy(cluster);
      }
      for (const name of await readdir(scratch)) await rm(join(scratch, name), { recursive: true });
      await laySecret(scratch);
      watch = await watchOf(cluster);
    },
    async stop() {
      pooled.cut();
      await watch.close();
      await pooled.close();
      await listener.close();
      await cluster.stop();
      await rm(scratch, { recursive: true });
    },
  };
}

async function newCluster(version: Version, scratch: string): Promise<Cluster> {
  const cluster = await startCluster(version, { settings, access });
  await onDatabase(cluster, "postgres", `create role ro login password '${READER_PASSWORD}'`, `create database ${TEMPLATE}`);
  const sql = worldSql().replaceAll("__FX__", scratch).replaceAll("__PORT__", String(cluster.port)).replaceAll("__DB__", DATABASE);
  // Frozen, so that whoever reads a row first has no hint to write.
  await onDatabase(cluster, TEMPLATE, sql, "vacuum (freeze, analyze)");
  await newDatabase(cluster);
  await laySecret(scratch);
  return cluster;
}

const newDatabase = (cluster: Cluster) =>
  onDatabase(cluster, "postgres", `drop database if exists ${DATABASE} with (force)`, `create database ${DATABASE} template ${TEMPLATE}`);

async function laySecret(scratch: string): Promise<void> {
  const file = join(scratch, "secret.txt");
  await writeFile(file, `${SECRET_FILE}\n`);
  await chmod(file, 0o644);
}

const watchOf = (cluster: Cluster): Promise<Watch> =>
  openWatch(async (user, name) => {
    const client = new pg.Client({ host: "127.0.0.1", port: cluster.port, user, database: DATABASE, application_name: name });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  });

/** What outlives a database that is dropped, or keeps it from being dropped. */
const shared = `
  select string_agg(part, ' ') from (
    select md5(string_agg(r::text, '' order by oid)) as part from pg_authid r
    union all select md5(string_agg(r::text, '' order by oid)) from pg_parameter_acl r
    union all select string_agg(r::text, '' order by roleid, member) from pg_auth_members r
    union all select string_agg(r::text, '' order by setrole) from pg_db_role_setting r where setdatabase = 0
    union all select string_agg(r::text, '' order by oid) from pg_tablespace r
    union all select string_agg(datname, ',' order by datname) from pg_database
    union all select string_agg(slot_name, ',') from pg_replication_slots
    union all select string_agg(roname, ',') from pg_replication_origin
    union all select string_agg(gid, ',') from pg_prepared_xacts
    union all select string_agg(f, ',' order by f) from pg_ls_dir('.') f
    union all select pg_read_file('postgresql.auto.conf')) all_of_it`;

async function sharedBy(cluster: Cluster): Promise<string> {
  const client = await connected(cluster, "postgres");
  try {
    const { rows } = await client.query<[string]>({ text: shared, rowMode: "array" });
    return String(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

/** One after the other, each as text of its own, because some cannot run with others. */
async function onDatabase(cluster: Cluster, database: string, ...texts: readonly string[]): Promise<void> {
  const client = await connected(cluster, database);
  try {
    for (const text of texts) await client.query(text);
  } finally {
    await client.end();
  }
}

async function connected(cluster: Cluster, database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: cluster.url(database), application_name: "monitor" });
  await client.connect();
  return client;
}
