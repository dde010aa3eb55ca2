import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectSecurely } from "node:tls";
import { type Connection, isSocket } from "./connection-string.ts";
import { secureOptions } from "./tls.ts";

/** What the server said of itself at the login, and wants to hear again from whoever cancels. */
export interface Backend {
  readonly processID: number;
  readonly secretKey: number;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;

/** Milliseconds that a caller waits, and that the connection is left to the server, which closes it. */
const CANCEL_PATIENCE = 2_000;
const CANCEL_LIFETIME = 60_000;

/**
 * A cancellation travels on a connection of its own, encrypted as the first one was, because a proxy that
 * demands TLS drops it otherwise. It is for the server to close, as libpq has it: PgBouncer 1.18 ends itself, with all
 * its clients, when we hang up while it passes the request on ("bad client state"). Never rejects: what cannot be
 * cancelled ends by its own timeout.
 */
export async function requestCancel(connection: Connection, { processID, secretKey }: Backend, encrypted: boolean): Promise<void> {
  const { host, port, tls } = connection;
  const socket = isSocket(connection) ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  const done = new Promise<void>((resolve) => {
    socket.once("error", () => resolve());
    socket.once("close", () => resolve());
  });
  const request = integers(16, CANCEL_REQUEST, processID, secretKey);
  if (encrypted) {
    socket.write(integers(8, SSL_REQUEST));
    socket.once("data", (answer) => {
      if (answer.toString("latin1") !== "S") return void socket.destroy();
      const secure = connectSecurely({ ...secureOptions(tls, host), socket });
      secure.once("error", () => socket.destroy());
      secure.write(request);
    });
  } else {
    socket.write(request);
  }
  socket.setTimeout(CANCEL_LIFETIME, () => socket.destroy());
  const impatient = new AbortController();
  await Promise.race([done, sleep(CANCEL_PATIENCE, undefined, { signal: impatient.signal }).catch(() => undefined)]);
  impatient.abort();
  socket.unref();
}

function integers(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeInt32BE(value, 4 * index);
  return buffer;
}
