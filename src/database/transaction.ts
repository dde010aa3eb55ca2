import type { Database } from "./database.ts";
import type { Link } from "./link.ts";

/** Milliseconds. */
export interface Limits {
  readonly statementTimeout: number;
  readonly lockTimeout: number;
  readonly idleTimeout: number;
}

/**
 * What a session starts with. A pooler may refuse or drop these: whatever matters is set again in each
 * transaction. `search_path` is not among them, because `pg_settings.reset_val` must go on to say what the role has.
 */
export const startupSettings = ({ statementTimeout }: Limits): Readonly<Record<string, string>> => ({
  default_transaction_read_only: "on",
  statement_timeout: String(statementTimeout),
  client_encoding: "UTF8",
  standard_conforming_strings: "on",
  // The server notices within a second that we are gone, even while it runs a query (14 and later).
  client_connection_check_interval: "1000",
});

/**
 * What roles, databases and other clients of a pooler may have set otherwise, and would change what our queries
 * mean or print. `pg_temp` is named last, because it is searched first where it is not named
 * (https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH).
 */
const pinned = ({ statementTimeout, lockTimeout, idleTimeout }: Limits): Readonly<Record<string, string>> => ({
  search_path: "pg_catalog, pg_temp",
  statement_timeout: String(statementTimeout),
  lock_timeout: String(lockTimeout),
  idle_in_transaction_session_timeout: String(idleTimeout),
  client_encoding: "UTF8",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  lc_monetary: "C",
  extra_float_digits: "1",
  bytea_output: "hex",
  xmloption: "content",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  row_security: "on",
  client_min_messages: "warning",
});

/** The mark by which `pg_stat_statements` knows what is ours; catalog queries bear one too. */
export const MARK = "/* backend-db-mcp */";

const readBack = `
  select ${MARK}
         pg_catalog.int4in(pg_catalog.textout(pg_catalog.current_setting('server_version_num'))) as version,
         pg_catalog.current_setting('transaction_read_only') as "readOnly",
         pg_catalog.current_setting('search_path') as "searchPath"`;

interface ReadBack {
  readonly version: number;
  readonly readOnly: string;
  readonly searchPath: string;
}

/** Begins what can only read, and makes sure of it. Resolves with `server_version_num`. */
export async function begin(link: Link, limits: Limits): Promise<number> {
  await link.query("begin isolation level repeatable read read only", []);
  await setLocally(link, pinned(limits));
  const [found] = await link.query<ReadBack>(readBack, []);
  if (found?.readOnly !== "on" || found.searchPath !== "pg_catalog, pg_temp") {
    throw new Error("The transaction is not read-only, or its search_path is not pinned.");
  }
  return found.version;
}

/** Whether nothing of a caller's statement stayed in the session after the rollback: no role, no lock. */
export async function isClean(link: Link): Promise<boolean> {
  const [found] = await link.query<{ readonly clean: boolean }>(
    `select ${MARK}
            pg_catalog.current_setting('role') operator(pg_catalog.=) 'none'
              and not exists (
                select from pg_catalog.pg_locks l
                where l.locktype operator(pg_catalog.=) 'advisory' and l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()) as clean`,
    [],
  );
  return found?.clean === true;
}

/** Until the transaction ends, whatever the search_path is. */
export async function setLocally(link: Link, settings: Readonly<Record<string, string>>): Promise<void> {
  const pairs = Object.entries(settings);
  const setAll = pairs.map((_, index) => `pg_catalog.set_config($${2 * index + 1}, $${2 * index + 2}, true)`);
  await link.query(`select ${MARK} ${setAll.join(", ")}`, pairs.flat());
}

interface Reads {
  readonly database: Database;
  /** Resolves when nothing runs any more; reads asked for later are refused. */
  close(): Promise<void>;
}

/** Reads of one transaction, one after the other, since a connection runs one statement at a time. */
export function readsOf(link: Link, named: (error: unknown) => unknown): Reads {
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  return {
    database: {
      read<Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
        if (closed) return Promise.reject(new Error("This transaction is over."));
        const rows = last.then(() => link.query<Row>(sql, values));
        last = rows.catch(() => undefined);
        return rows.catch((error: unknown) => Promise.reject(named(error)));
      },
    },
    async close() {
      closed = true;
      await last;
    },
  };
}
