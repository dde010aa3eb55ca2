import { Socket } from "node:net";
import type { Client, ClientConfig, QueryConfig } from "pg";
import { type AuditLog, type Cause, nameOf } from "./audit-log.ts";
import { type Backend, requestCancel } from "./cancel.ts";
import { bindChannel } from "./channel-binding.ts";
import { type Connection, describe } from "./connection-string.ts";
import { codeOf, Fault } from "./faults.ts";
import { secureOptions } from "./tls.ts";
import { parserFor } from "./values.ts";

/** One connection that is logged in. */
export interface Link {
  readonly encrypted: boolean;
  /** What the audit log gives as the reason for all that is asked from now on. */
  serve(cause: Cause | undefined): void;
  /** One statement at a time; by the extended protocol, which refuses two statements in one text. */
  query<Row>(sql: string, values: readonly unknown[], cap?: Cap): Promise<readonly Row[]>;
  /** Asks the server to stop what runs; resolves when it took the request. */
  cancel(): Promise<void>;
  /** Without a goodbye. */
  destroy(): void;
  /** With a goodbye, which keeps the server's log clean. */
  end(): void;
  broken(): boolean;
}

interface Cap {
  /** Of the answer; one that grows larger costs the connection. */
  readonly bytes: number;
}

interface LinkOptions {
  readonly connection: Connection;
  /** Settings of the session, sent when it starts. Poolers may refuse them. */
  readonly startup: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which an unanswered statement costs the connection. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly auditLog?: AuditLog | undefined;
}

/** What a command printed may come from its cache and be out of date, so a refused login is tried once more with what it prints then. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { connection, signal } = options;
  const command = connection.passwordCommand;
  if (command === undefined) return openAsAsked(options, told(connection.password()));
  const password = told(await command.run(signal));
  try {
    return await openAsAsked(options, password);
  } catch (error) {
    if (!password.asked() || !/^28(P01|000)$/.test(codeOf(error)) || signal.aborted) throw error;
    return openAsAsked(options, told(await command.run(signal)));
  }
}

interface Password {
  /** What the server gets when it asks. */
  tell(): string | undefined;
  asked(): boolean;
}

function told(password: string | undefined): Password {
  let asked = false;
  return {
    tell() {
      asked = true;
      return password;
    },
    asked: () => asked,
  };
}

/**
 * Encrypted or not, as `sslmode` says: `prefer` goes on in plain text where TLS fails, as in libpq. But not with a
 * password that was refused under encryption.
 */
async function openAsAsked(options: LinkOptions, password: Password): Promise<Link> {
  const { mode } = options.connection.tls;
  try {
    return await open(options, { encrypted: mode !== "disable", password: password.tell });
  } catch (error) {
    const plain = mode === "prefer" && tlsFailed.test(codeOf(error)) && !password.asked() && !options.signal.aborted;
    if (plain) return open(options, { encrypted: false, password: password.tell });
    throw error;
  }
}

const tlsFailed = /^(NO_TLS|NOT_POSTGRES|28000|EPROTO|ECONNRESET|ERR_SSL_.*|ERR_TLS_.*|ERR_OSSL_.*)$/;

interface Login {
  readonly encrypted: boolean;
  readonly password: () => string | undefined;
}

async function open({ connection, startup, deadline, signal, auditLog }: LinkOptions, { encrypted, password }: Login): Promise<Link> {
  const pg = await import("pg");
  const splitArray = pg.types.getTypeParser(TEXT_ARRAY, "text");
  const socket = new Socket();
  const stop = () => socket.destroy(new Fault("LOST"));
  signal.addEventListener("abort", stop, { once: true });
  const client = new pg.Client({
    ...asConfig(connection, { encrypted, password }),
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
  const bound = connection.channelBinding ? bindChannel(client, socket) : () => true;
  const timer = setTimeout(
    () => socket.destroy(new Fault(socket.connecting ? "CONNECT_TIMEOUT" : "LOGIN_TIMEOUT")),
    connection.connectTimeout,
  );
  try {
    await client.connect();
    if (!bound()) throw new Fault("NO_BINDING");
  } catch (error) {
    socket.destroy();
    throw named(error, "NOT_POSTGRES");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  let cause: Cause | undefined;
  let cancelled = false;
  return {
    encrypted,
    serve(reason) {
      cause = reason;
    },
    query<Row>(text: string, values: readonly unknown[], cap?: Cap) {
      const send = () => ask<Row>(client, { text, values, socket, deadline, bytes: cap?.bytes });
      if (auditLog === undefined) return send();
      const sent = { database: describe(connection), cause, backend: backend?.processID, text, parameters: values.length };
      return auditLog.watch({ ...sent, cancelled: () => cancelled }, send);
    },
    async cancel() {
      cancelled = true;
      if (backend !== undefined) await requestCancel(connection, backend, encrypted);
    },
    destroy: () => void socket.destroy(),
    end() {
      client.end().catch(() => undefined);
    },
    broken: () => broken,
  };
}

/** The identifier of `text[]` in pg_type. */
const TEXT_ARRAY: number = 1009;

/** pg knows `enableChannelBinding`, its types do not. */
interface Config extends ClientConfig {
  readonly enableChannelBinding: boolean;
}

function asConfig(connection: Connection, { encrypted, password }: Login): Config {
  const { host, port, user, database, tls, channelBinding } = connection;
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
    enableChannelBinding: channelBinding,
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
  readonly bytes: number | undefined;
}

/** pg knows `queryMode`, its types do not. */
interface ExtendedQuery extends QueryConfig {
  readonly queryMode: "extended";
}

async function ask<Row>(client: Client, { text, values, socket, deadline, bytes }: Ask): Promise<readonly Row[]> {
  const query: ExtendedQuery = { text, values: [...values], queryMode: "extended" };
  const before = socket.bytesRead;
  const measure = () => {
    if (bytes !== undefined && socket.bytesRead - before > bytes) socket.destroy(new Fault("TOO_MUCH"));
  };
  // Of TLS the decrypted stream says when something came; how much is counted on the wire.
  const { stream } = client.connection;
  if (bytes !== undefined) stream.on("data", measure);
  const timer = setTimeout(() => socket.destroy(new Fault("NO_ANSWER")), deadline);
  try {
    const { rows } = await client.query<Row & Record<string, unknown>>(query);
    return rows;
  } catch (error) {
    throw withName(named(error, "LOST"), text);
  } finally {
    clearTimeout(timer);
    stream.off("data", measure);
  }
}

/** So that the log can tell which of our statements it was. */
function withName(error: unknown, text: string): unknown {
  return error instanceof Error ? Object.assign(error, { statement: nameOf(text) }) : error;
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
