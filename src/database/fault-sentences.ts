import { ToolError } from "../error.ts";
import { type Connection, describe, isSocket } from "./connection-string.ts";

export interface Circumstances {
  readonly connection: Connection;
  readonly encrypted: boolean;
  readonly loggedIn: boolean;
  /** Milliseconds that a statement may take. */
  readonly statementTimeout: number;
}

type Explain = (circumstances: Circumstances & { readonly code: string; readonly routine: string }) => ToolError;

const failed = (message: string) => new ToolError("connection_failed", message);
const soon = (message: string) => new ToolError("connection_failed", message, { retryable: true, retry_after_s: 5 });
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const place = ({ host, port }: Connection) => (isSocket({ host }) ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`);

const refusedToken = ({ connection, code }: { readonly connection: Connection; readonly code: string }) =>
  failed(
    `Login refused for user ${quoted(connection.user)} at ${place(connection)} (${code}): what ${connection.passwordCommand?.variable} printed was not accepted, and neither was what it printed a second time. Check that it prints a token for this user, host and port, and that the user may log in with one.`,
  );

const refusedLogin: Explain = ({ connection, code, routine, encrypted }) => {
  // src/backend/libpq/auth-scram.c
  if (connection.channelBinding && routine === "read_client_final_message") {
    return failed(
      `The certificate that ${place(connection)} showed is not that of the server that knows the password (${code}, channel_binding=require): something in between opens the encryption, a pooler, a proxy or an attacker. Connect to the server itself.`,
    );
  }
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
  if (routine === "auth_failed" && connection.passwordCommand) return refusedToken({ connection, code });
  if (routine === "auth_failed") {
    return failed(
      `The server at ${describe(connection)} asks for something other than a password, and did not get it (${code}): a client certificate (sslcert, sslkey), or a system user of the same name. pg_hba.conf says which.`,
    );
  }
  return failed(
    `The server at ${place(connection)} does not let user ${quoted(connection.user)} into database ${quoted(connection.database)} from this address (${code}). Ask whoever runs it for a line in pg_hba.conf${encrypted ? ", or give the client certificate that it may want (sslcert, sslkey)" : ""}.`,
  );
};

export const unknownRefusal = ({ connection, code }: Pick<Circumstances, "connection"> & { readonly code: string }) =>
  failed(
    `The server refused to let ${describe(connection)} in (${code}), for a reason that its own log tells. Behind a pooler, check that user and port are those that its provider shows.`,
  );

const busyServer: Explain = ({ connection, code }) =>
  new ToolError(
    "busy",
    `The server at ${place(connection)} has no free connection (${code}). Try again soon; pg_stat_activity, or the pooler in front of it, says who has them.`,
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

const forbidden: Explain = ({ connection, code, loggedIn }) => {
  const [user, database] = [quoted(connection.user), quoted(connection.database)];
  return new ToolError(
    "permission_denied",
    loggedIn
      ? `User ${user} may not read a part of the catalog that this needs (${code}). Have a superuser run: grant pg_monitor to ${user}; or give back what was revoked from PUBLIC in pg_catalog.`
      : `User ${user} may not connect to database ${database} at ${place(connection)} (${code}). Have its owner run: grant connect on database ${database} to ${user};`,
  );
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, node:net and node:tls. */
const sentences = new Map<string, Explain>([
  [
    "28P01",
    ({ connection, code }) =>
      (connection.passwordCommand && refusedToken({ connection, code })) ??
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
    "NO_BINDING",
    ({ connection }) =>
      failed(
        `channel_binding=require asks for a login by SCRAM-SHA-256-PLUS, and ${describe(connection)} did not offer it, so no password was sent. The server needs TLS and a password stored with scram-sha-256; some poolers cannot do it at all.`,
      ),
  ],
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
  [
    "POOL_WAIT",
    ({ connection, code }) =>
      new ToolError(
        "busy",
        `The pooler at ${place(connection)} had no connection to the server for us within its query_wait_timeout (${code}): others hold them all, or it cannot reach the server. Try again soon.`,
        { retryable: true, retry_after_s: 5 },
      ),
  ],
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
        `A table that this needs is locked by another session, and was not released in time (${code}). Try again later.`,
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
    "TOO_MUCH",
    ({ connection }) =>
      new ToolError(
        "too_large",
        `The answer of ${place(connection)} grew larger than is read, and the connection was given up. Ask about a smaller part of the statement.`,
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

export const sentenceOf = (code: string): Explain | undefined => sentences.get(code) ?? families.find(([family]) => family.test(code))?.[1];

export const tooOld = (connection: Connection, version: number) =>
  failed(`The server at ${place(connection)} is Postgres ${version}. Version 14 or later is needed.`);
