import { Socket } from "node:net";
import type { Client, ClientConfig, QueryConfig } from "pg";
import { type Backend, requestCancel } from "./cancel.ts";
import type { Connection } from "./connection-string.ts";
import { codeOf, Fault } from "./faults.ts";
import { secureOptions } from "./tls.ts";
import { parserFor } from "./values.ts";

/** One connection that is logged in. */
export interface Link {
  readonly encrypted: boolean;
  /** One statement at a time; by the extended protocol, which refuses two statements in one text. */
  query<Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]>;
  /** Asks the server to stop what runs; resolves when it took the request. */
  cancel(): Promise<void>;
  /** Without a goodbye. */
  destroy(): void;
  /** With a goodbye, which keeps the server's log clean. */
  end(): void;
  broken(): boolean;
}

interface LinkOptions {
  readonly connection: Connection;
  /** Settings of the session, sent when it starts. Poolers may refuse them. */
  readonly startup: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which an unanswered statement costs the connection. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Encrypted or not, as `sslmode` says: `prefer` goes on in plain text where TLS fails, as in libpq. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { mode } = options.connection.tls;
  try {
    return await open(options, mode !== "disable");
  } catch (error) {
    if (mode === "prefer" && tlsFailed.test(codeOf(error)) && !options.signal.aborted) return open(options, false);
    throw error;
  }
}

const tlsFailed = /^(NO_TLS|NOT_POSTGRES|28000|EPROTO|ECONNRESET|ERR_SSL_.*|ERR_TLS_.*|ERR_OSSL_.*)$/;

async function open({ connection, startup, deadline, signal }: LinkOptions, encrypted: boolean): Promise<Link> {
  const pg = await import("pg");
  const splitArray = pg.types.getTypeParser(TEXT_ARRAY, "text");
  const socket = new Socket();
  const stop = () => socket.destroy(new Fault("LOST"));
  signal.addEventListener("abort", stop, { once: true });
  const client = new pg.Client({
    ...asConfig(connection, encrypted),
    ...(startup && { options: asOptions(startup) }),
    types: { getTypeParser: (type: number) => parserFor(type, splitArray) } as NonNullable<ClientConfig["types"]>,
    stream: () => socket,
  });
  let broken = false;
  client.on("error", () => {
    broken = true;
  });
  client.on("end", () => {
    broken = true;
  });
  let backend: Backend | undefined;
  client.connection.on("backendKeyData", (key: Backend) => {
    backend = key;
  });
  const timer = setTimeout(
    () => socket.destroy(new Fault(socket.connecting ? "CONNECT_TIMEOUT" : "LOGIN_TIMEOUT")),
    connection.connectTimeout,
  );
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw named(error, "NOT_POSTGRES");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  return {
    encrypted,
    query: (text, values) => ask(client, { text, values, socket, deadline }),
    cancel: () => (backend === undefined ? Promise.resolve() : requestCancel(connection, backend, encrypted)),
    destroy: () => void socket.destroy(),
    end() {
      client.end().catch(() => undefined);
    },
    broken: () => broken,
  };
}

/** The identifier of `text[]` in pg_type. */
const TEXT_ARRAY: number = 1009;

function asConfig(connection: Connection, encrypted: boolean): ClientConfig {
  const { host, port, user, database, password, tls } = connection;
  return {
    host,
    port,
    user,
    database,
    // Called only when the server asks. Without a function pg would look into PGPASSWORD and ~/.pgpass by itself.
    password: () => {
      const given = password();
      if (!given) throw new Fault("NO_PASSWORD");
      return given;
    },
    ssl: encrypted ? secureOptions(tls, host) : false,
    sslnegotiation: "postgres",
    application_name: "backend-db-mcp",
    keepAlive: true,
  };
}

const asOptions = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");

interface Ask {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly socket: Socket;
  readonly deadline: number;
}

/** pg knows `queryMode`, its types do not. */
interface ExtendedQuery extends QueryConfig {
  readonly queryMode: "extended";
}

async function ask<Row>(client: Client, { text, values, socket, deadline }: Ask): Promise<readonly Row[]> {
  const query: ExtendedQuery = { text, values: [...values], queryMode: "extended" };
  const timer = setTimeout(() => socket.destroy(new Fault("NO_ANSWER")), deadline);
  try {
    const { rows } = await client.query<Row & Record<string, unknown>>(query);
    return rows;
  } catch (error) {
    throw named(error, "LOST");
  } finally {
    clearTimeout(timer);
  }
}

/** pg reports some failures by words alone. */
function named(error: unknown, terminated: "NOT_POSTGRES" | "LOST"): unknown {
  if (!(error instanceof Error) || codeOf(error) !== "") return error;
  if (error.message === "The server does not support SSL connections") return new Fault("NO_TLS");
  if (/^SASL|authenticationOk/.test(error.message)) return new Fault("LOGIN_METHOD", { cause: error });
  if (/terminated|not queryable|closed|establishing an SSL|received invalid response/.test(error.message))
    return new Fault(terminated, { cause: error });
  return error;
}
