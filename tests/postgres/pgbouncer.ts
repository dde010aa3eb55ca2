import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { asUser, freePort, give, giveFile } from "./server.ts";
import { userForPostgres } from "./user.ts";

/** Debian's package; in `/usr/sbin` there, which is not in everybody's path. */
const program = ["pgbouncer", "/usr/sbin/pgbouncer"].find((path) => spawnSync(path, ["--version"]).status === 0);
export const hasPgBouncer = program !== undefined;

export interface Pooler {
  readonly port: number;
  stop(): Promise<void>;
}

interface PoolerOptions {
  /** Of the server behind it; every database of it is served under its own name. */
  readonly port: number;
  /** Passwords by name. */
  readonly users: Readonly<Record<string, string>>;
  /** Lines of pgbouncer.ini. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A real PgBouncer with one server connection for each user and database, which whoever has a transaction gets. It ends with this process. */
export async function startPooler({ port: server, users, settings = {} }: PoolerOptions): Promise<Pooler> {
  const user = userForPostgres();
  const folder = await mkdtemp(join(tmpdir(), "pgbouncer-"));
  await give(folder, user);
  const port = await freePort();
  const list = Object.entries(users).map(([name, password]) => `"${name}" "${password}"\n`);
  const lines = Object.entries({
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: await giveFile(join(folder, "users"), list.join(""), user),
    pool_mode: "transaction",
    default_pool_size: 1,
    ...settings,
  });
  const databases = `[databases]\n* = host=127.0.0.1 port=${server}\n`;
  const text = `${databases}[pgbouncer]\n${lines.map(([name, value]) => `${name} = ${value}\n`).join("")}`;
  const file = await giveFile(join(folder, "pgbouncer.ini"), text, user);
  const pooler = spawn("sh", ["-c", guardian, program ?? "pgbouncer", file, folder], {
    ...asUser(user),
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise<void>((resolve) => pooler.once("exit", () => resolve()));
  while (!(await listens(port))) await sleep(10);
  return {
    port,
    async stop() {
      pooler.stdin?.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Keeps the pooler no longer than the pipe from its parent stays open. */
const guardian = `"$0" -q "$1" & pooler=$!; cat >/dev/null; kill -INT $pooler 2>/dev/null; kill -TERM $pooler 2>/dev/null; wait $pooler; rm -rf "$2"`;

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
