import { ToolError } from "../error.ts";
import { conceal } from "../redact.ts";
import { type PasswordCommand, passwordCommandFrom } from "./password-command.ts";
import { parseTls, type Tls } from "./tls.ts";

/** Where to connect and as whom. Nothing in it that is printed or serialised holds a secret. */
export interface Connection {
  /** A name, an address, or the folder of a unix socket, which starts with a slash. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: () => string | undefined;
  /** What says the password of each new connection, in the place of `password`. */
  readonly passwordCommand: PasswordCommand | undefined;
  readonly tls: Tls;
  /** SCRAM-SHA-256-PLUS or no login: the server must know the password and own the certificate that was shown. */
  readonly channelBinding: boolean;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable of each of libpq's keywords that we know. */
const variables = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  password: "PGPASSWORD",
  dbname: "PGDATABASE",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  // libpq has no variable for it.
  sslpassword: undefined,
  channel_binding: "PGCHANNELBINDING",
  connect_timeout: "PGCONNECT_TIMEOUT",
} as const;

type Keyword = keyof typeof variables;
type Parameters = { readonly [keyword in Keyword]?: string };

const PASSWORD_COMMAND = "DATABASE_PASSWORD_COMMAND";
const REPLICAS = "DATABASE_REPLICA_URL";

/** What the environment configures, or nothing: a URL first, else libpq's own variables. */
export function connectionFrom(environment: Environment): Connection | undefined {
  for (const name of ["DATABASE_URL", "DATABASE_URI", "POSTGRES_URL"]) {
    const url = environment[name]?.trim();
    if (url) return connectionFromUrl({ url, name, environment });
  }
  const { PGHOST, PGDATABASE, PGUSER } = environment;
  return PGHOST || PGDATABASE || PGUSER ? asConnection({}, environment) : undefined;
}

/** Replicas of the database, only to read how their indexes are used: URLs with white space between them. */
export function replicasFrom(environment: Environment): readonly Connection[] {
  const urls = (environment[REPLICAS] ?? "").split(/\s+/).filter(Boolean);
  return urls.map((url) => connectionFromUrl({ url, name: REPLICAS, environment }));
}

const NAMED = "DATABASE_URL_";

/** Other databases that a question may name: `DATABASE_URL_STAGING` is "staging". */
export const databaseNames = (environment: Environment): readonly string[] =>
  Object.keys(environment)
    .filter((variable) => variable.startsWith(NAMED) && environment[variable])
    .map((variable) => variable.slice(NAMED.length).toLowerCase())
    .sort();

/** Undefined where none is called so. */
export function connectionNamed(name: string, environment: Environment): Connection | undefined {
  const variable = `${NAMED}${name.toUpperCase()}`;
  const url = environment[variable];
  return url ? connectionFromUrl({ url, name: variable, environment }) : undefined;
}

interface NamedUrl {
  readonly url: string;
  /** What errors call it: the variable or option that held it. */
  readonly name: string;
  /** What the URL leaves out comes from here, as in libpq. */
  readonly environment: Environment;
}

export function connectionFromUrl({ url, name, environment }: NamedUrl): Connection {
  return asConnection(parseUrl(url, name), environment);
}

/** "127.0.0.1:5432/shop as reader" */
export function describe({ host, port, database, user }: Connection): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}/${database} as ${user}`;
}

export const isSocket = ({ host }: Pick<Connection, "host">) => host.startsWith("/");

function asConnection(written: Parameters, environment: Environment): Connection {
  const value = (keyword: Keyword) => written[keyword] || environment[variables[keyword] ?? ""] || undefined;
  const user = value("user") ?? environment.USER ?? environment.USERNAME;
  if (!user) throw malformed("The connection names no user");
  const host = value("host") ?? "localhost";
  if (host.includes(",")) throw malformed("The connection names several hosts, and only one can be asked");
  const passwordCommand = passwordCommandFrom(PASSWORD_COMMAND, environment);
  if (passwordCommand !== undefined && written.password) throw twoPasswords(passwordCommand);
  const password = passwordCommand === undefined ? value("password") : undefined;
  if (password !== undefined) conceal(password);
  const tls = isSocket({ host })
    ? parseTls({ sslmode: "disable" })
    : parseTls({
        sslmode: value("sslmode"),
        sslrootcert: value("sslrootcert"),
        sslcert: value("sslcert"),
        sslkey: value("sslkey"),
        sslpassword: value("sslpassword"),
      });
  return {
    host,
    port: parsePort(value("port") ?? "5432"),
    user,
    database: value("dbname") ?? user,
    password: () => password,
    passwordCommand,
    tls,
    channelBinding: parseChannelBinding(value("channel_binding"), tls),
    connectTimeout: parseTimeout(value("connect_timeout")),
  };
}

/** PGPASSWORD is passed over instead: it may be there for other programs. */
const twoPasswords = ({ variable }: PasswordCommand) =>
  new ToolError(
    "connection_failed",
    `The connection string holds a password, and ${variable} is set as well. Take one of them away: nobody could tell which was used.`,
  );

/** libpq's `prefer` promises nothing, so it is the same as `disable` here. */
function parseChannelBinding(written: string | undefined, { mode }: Tls): boolean {
  if (!["disable", "prefer", "require", undefined].includes(written))
    throw new ToolError("connection_failed", "channel_binding must be disable, prefer or require.");
  if (written === "require" && mode === "disable")
    throw new ToolError(
      "connection_failed",
      "channel_binding=require needs an encrypted connection, which sslmode=disable and unix sockets do not have. Take one of the two away.",
    );
  return written === "require";
}

/** Takes the place of `connect_timeout` where it is missing or 0, which to libpq means "wait for ever". Milliseconds. */
const PATIENCE = 10_000;

function parseTimeout(seconds = "0"): number {
  if (!/^\d{1,6}$/.test(seconds))
    throw new ToolError("connection_failed", "connect_timeout must be a number of seconds, such as connect_timeout=10.");
  return Number(seconds) * 1000 || PATIENCE;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw malformed("The port is not a number from 1 to 65535");
  return port;
}

/** scheme://authority/database?parameters */
const form = /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^/?#@]*))?(?:\?([^#]*))?$/i;

/** user:password@host:port, the user up to the last @. */
const authorityForm = /^(?:([^:]*)(?::(.*))?@)?(\[[^\]]*\]|[^:@[\]]*)(?::([^@]*))?$/;

function parseUrl(url: string, name: string): Parameters {
  const [, authority, dbname, query = ""] = form.exec(url) ?? [];
  const [, user, password, host, port] = authorityForm.exec(authority ?? ":") ?? [];
  if (authority === undefined || host === undefined) throw malformed(`${name} is not a URL of Postgres`);
  const parts = { user, password, host: host.replace(/^\[(.*)\]$/, "$1"), port, dbname };
  const written = Object.entries(parts).flatMap(([keyword, part]) => (part ? [[keyword, decode(part, name)]] : []));
  return { ...Object.fromEntries(written), ...parseQuery(query, name) };
}

/** Parameters that other drivers understand (`schema`, `pgbouncer`, `options`, `application_name`…) are passed over. */
function parseQuery(query: string, name: string): Parameters {
  const pairs = query.split("&").filter(Boolean);
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const [key, value, ...rest] = pair.split("=");
      if (key === undefined || value === undefined || rest.length > 0)
        throw malformed(`${name} has a parameter that is not written name=value`);
      if (key === "ssl" && (value === "true" || value === "1")) return [["sslmode", "require"]];
      return key in variables ? [[key, decode(value, name)]] : [];
    }),
  );
}

function decode(text: string, name: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed(`${name} holds a % that does not start an escape such as %40`);
  }
}

/** Never repeats what was written: any part of a URL that cannot be read may be the password. */
const malformed = (what: string) =>
  new ToolError(
    "connection_failed",
    `${what}. Write postgres://user:password@host:5432/database, with special characters percent-encoded: @ as %40, / as %2F, ? as %3F, # as %23, % as %25.`,
  );
