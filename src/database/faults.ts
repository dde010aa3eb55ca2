import { ToolError } from "../error.ts";
import { type Connection, describe, isSocket } from "./connection-string.ts";

/** What goes wrong without a SQLSTATE or an error number of the system. */
type OwnCode = "CONNECT_TIMEOUT" | "LOGIN_TIMEOUT" | "NO_ANSWER" | "NO_PASSWORD" | "NO_TLS" | "NOT_POSTGRES" | "LOGIN_METHOD" | "LOST";

export class Fault extends Error {
  constructor(
    readonly code: OwnCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** A SQLSTATE, an error number such as ECONNREFUSED, a code of node:tls, or one of ours. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

/** The function of the server that refused: unlike the message it is not translated. */
const routineOf = (error: unknown) => (error as { readonly routine?: string } | undefined)?.routine ?? "";

interface Circumstances {
  readonly connection: Connection;
  readonly encrypted: boolean;
  readonly loggedIn: boolean;
  /** Milliseconds that a statement may take. */
  readonly statementTimeout: number;
}

type Explain = (circumstances: Circumstances & { readonly code: string; readonly routine: string }) => ToolError;

/** Our own sentence for what Postgres, TLS or the network said; what we cannot name is returned as it came. */
export function explain(error: unknown, circumstances: Circumstances): unknown {
  const code = codeOf(error);
  const sentence = sentences.get(code) ?? families.find(([family]) => family.test(code))?.[1];
  if (sentence === undefined && !circumstances.loggedIn && sqlState.test(code)) return unknownRefusal({ ...circumstances, code });
  if (sentence !== undefined) return sentence({ ...circumstances, code, routine: routineOf(error) });
  return code === "" ? error : new Error(`Postgres refused a statement of ours (${code}).`, { cause: error });
}

const sqlState = /^[0-9A-Z]{5}$/;

/** The next attempt may well succeed: the server restarts, or a connection broke under us. */
export const passes = (error: unknown) => /^(57P0[123]|25P03|08006|40001|ECONNRESET|EPIPE|LOST)$/.test(codeOf(error));

const failed = (message: string) => new ToolError("connection_failed", message);
const soon = (message: string) => new ToolError("connection_failed", message, { retryable: true, retry_after_s: 5 });
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const place = ({ host, port }: Connection) => (isSocket({ host }) ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`);

const refusedLogin: Explain = ({ connection, code, routine, encrypted }) => {
  if (routine === "InitializeSessionUserId") {
    return failed(
      `There is no user ${quoted(connection.user)} that may log in at ${place(connection)} (${code}). Correct the user in the connection string.`,
    );
  }
  if (routine === "ClientAuthentication" && !encrypted && !isSocket(connection)) {
    return failed(
      `The server at ${describe(connection)} refuses this login without encryption (${code}). Add sslmode=require to the connection string; if it has that already, pg_hba.conf has no line for this user, database and address.`,
    );
  }
  if (routine === "auth_failed") {
    return failed(
      `The server at ${describe(connection)} asks for something other than a password, and did not get it (${code}): a client certificate (sslcert, sslkey), or a system user of the same name. pg_hba.conf says which.`,
    );
  }
  return failed(
    `The server at ${place(connection)} does not let user ${quoted(connection.user)} into database ${quoted(connection.database)} from this address (${code}). Ask whoever runs it for a line in pg_hba.conf${encrypted ? ", or give the client certificate that it may want (sslcert, sslkey)" : ""}.`,
  );
};

const unknownRefusal = ({ connection, code }: Pick<Circumstances, "connection"> & { readonly code: string }) =>
  failed(
    `The server refused to let ${describe(connection)} in (${code}), for a reason that its own log tells. Behind a pooler, check that user and port are those that its provider shows.`,
  );

const busyServer: Explain = ({ connection, code }) =>
  new ToolError(
    "busy",
    `The server at ${place(connection)} has no free connection (${code}). Try again soon; connections in use are in pg_stat_activity.`,
    {
      retryable: true,
      retry_after_s: 5,
    },
  );

const restarting: Explain = ({ connection, code }) =>
  soon(`The server at ${place(connection)} is starting, stopping or ended this session (${code}). Try again in a few seconds.`);

const lost: Explain = ({ connection, code }) =>
  soon(
    `The connection to ${place(connection)} broke off${code === "LOST" ? "" : ` (${code})`}. Try again; if it happens each time, the server's log says why.`,
  );

const unreachable: Explain = ({ connection, code }) =>
  failed(`No way to ${place(connection)} (${code}). Check the address, the firewall, and the VPN if it needs one.`);

const unresolved: Explain = ({ connection, code }) =>
  failed(`The host name ${connection.host} has no address (${code}). Check its spelling in the connection string, and DNS or the VPN.`);

const untrusted: Explain = ({ connection, code }) =>
  failed(
    `The certificate of ${place(connection)} is not signed by an authority that is trusted here (${code}). Set sslrootcert to the file of the authority that signed it; hosted databases offer it for download.`,
  );

const outdated: Explain = ({ connection, code }) =>
  failed(
    `The certificate of ${place(connection)} is not valid today (${code}). Renew it at the server, or put this machine's clock right.`,
  );

const forbidden: Explain = ({ connection, code }) =>
  new ToolError(
    "permission_denied",
    `User ${quoted(connection.user)} may not read a part of the catalog that this needs (${code}). Have a superuser run: grant pg_monitor to ${quoted(connection.user)};`,
  );

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, node:net and node:tls. */
const sentences = new Map<string, Explain>([
  [
    "28P01",
    ({ connection, code }) =>
      failed(
        `Login refused: wrong password for user ${quoted(connection.user)} at ${place(connection)}, or no such user (${code}). Correct the connection string; special characters of a password are percent-encoded there (@ as %40).`,
      ),
  ],
  [
    "NO_PASSWORD",
    ({ connection }) =>
      failed(
        `The server asks for a password of ${describe(connection)}, and none is given. Write postgres://user:password@host:5432/database, or set PGPASSWORD.`,
      ),
  ],
  [
    "3D000",
    ({ connection, code }) =>
      failed(
        `There is no database ${quoted(connection.database)} at ${place(connection)} (${code}). Correct the name at the end of the connection string.`,
      ),
  ],
  ["28000", refusedLogin],
  [
    "LOGIN_METHOD",
    ({ connection }) =>
      failed(
        `The login of ${describe(connection)} failed half-way: the server wants another method than a password (SCRAM, MD5 or plain) or a client certificate, or it could not show that it knows the password. Check pg_hba.conf for this user.`,
      ),
  ],
  [
    "ECONNREFUSED",
    ({ connection, code }) =>
      failed(`Nothing listens at ${place(connection)} (${code}). Check host and port, and that Postgres runs and takes connections there.`),
  ],
  [
    "ENOENT",
    ({ connection, code }) =>
      failed(`There is no socket ${place(connection)} (${code}). Check the folder, the port, and that Postgres runs on this machine.`),
  ],
  [
    "EACCES",
    ({ connection, code }) =>
      failed(`This process may not open ${place(connection)} (${code}). Run it as a user who may, or connect by TCP.`),
  ],
  ["ENOTFOUND", unresolved],
  ["EAI_AGAIN", unresolved],
  ["EHOSTUNREACH", unreachable],
  ["ENETUNREACH", unreachable],
  ["ETIMEDOUT", unreachable],
  [
    "CONNECT_TIMEOUT",
    ({ connection }) =>
      soon(
        `No answer from ${place(connection)} in ${connection.connectTimeout / 1000} s. Check the address and the firewall; a slow server gets more time with connect_timeout=30 in the connection string.`,
      ),
  ],
  [
    "LOGIN_TIMEOUT",
    ({ connection }) =>
      soon(
        `${place(connection)} took the connection, but no login was done in ${connection.connectTimeout / 1000} s. Check that Postgres listens there; a database that wakes from sleep gets more time with connect_timeout=30.`,
      ),
  ],
  [
    "NOT_POSTGRES",
    ({ connection }) =>
      failed(
        `What answers at ${place(connection)} does not speak Postgres's protocol, or hung up before the login. Check that the port is that of Postgres (5432 unless changed).`,
      ),
  ],
  [
    "NO_TLS",
    ({ connection: { tls, ...connection } }) =>
      failed(
        `sslmode=${tls.mode} asks for encryption, and the server at ${place({ tls, ...connection })} has none. Turn on ssl at the server; sslmode=prefer goes without where it is missing.`,
      ),
  ],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    ({ connection, code }) =>
      failed(`The certificate of ${place(connection)} is for another host name (${code}). Connect by a name that the certificate carries.`),
  ],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", untrusted],
  ["SELF_SIGNED_CERT_IN_CHAIN", untrusted],
  ["CERT_SIGNATURE_FAILURE", untrusted],
  ["CERT_HAS_EXPIRED", outdated],
  ["CERT_NOT_YET_VALID", outdated],
  ["53300", busyServer],
  ["57P01", restarting],
  ["57P02", restarting],
  ["57P03", restarting],
  // Our own process was held up for so long that the server gave the idle transaction up.
  ["25P03", lost],
  ["ECONNRESET", lost],
  ["EPIPE", lost],
  ["LOST", lost],
  [
    "55P03",
    ({ code }) =>
      new ToolError(
        "timeout",
        `A table that this needs is locked by another session, and was not released in time (${code}). Try again later; pg_locks says who holds it.`,
        {
          retryable: true,
          retry_after_s: 10,
        },
      ),
  ],
  [
    "57014",
    ({ code, statementTimeout }) =>
      new ToolError(
        "timeout",
        `A catalog query was stopped (${code}): it took longer than ${statementTimeout / 1000} s, or somebody cancelled it. Ask for fewer schemas or tables.`,
      ),
  ],
  [
    "NO_ANSWER",
    ({ connection, statementTimeout }) =>
      new ToolError(
        "timeout",
        `${place(connection)} did not answer in ${(2 * statementTimeout) / 1000} s, and the connection was given up. Try again; check the network if it happens each time.`,
        {
          retryable: true,
          retry_after_s: 10,
        },
      ),
  ],
  [
    "40001",
    ({ connection, code }) =>
      new ToolError(
        "timeout",
        `The replica at ${place(connection)} dropped the query to keep up with its primary (${code}). Try again, or connect to the primary.`,
        {
          retryable: true,
          retry_after_s: 5,
        },
      ),
  ],
  ["42501", forbidden],
]);

const families: readonly (readonly [RegExp, Explain])[] = [
  [/^UNABLE_TO_/, untrusted],
  [/^08/, lost],
  [
    /^53/,
    ({ connection, code }) =>
      new ToolError(
        "busy",
        `The server at ${place(connection)} is short of memory, disk or locks (${code}). Try again later, or ask for fewer schemas or tables.`,
        {
          retryable: true,
          retry_after_s: 30,
        },
      ),
  ],
  [
    /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/,
    ({ connection, code }) =>
      failed(
        `No encrypted connection to ${place(connection)} could be agreed on (${code}). The server may want a client certificate (sslcert, sslkey) or another version of TLS; its log says which.`,
      ),
  ],
];

export const tooOld = (connection: Connection, version: number) =>
  failed(`The server at ${place(connection)} is Postgres ${version}. Version 14 or later is needed.`);
