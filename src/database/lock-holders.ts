import { ToolError } from "../error.ts";
import { nameOf } from "../sql/quote.ts";
import type { Link } from "./link.ts";
import { begin, type Limits, MARK } from "./transaction.ts";

/** `lock_not_available`. */
const LOCK_TIMEOUT = "55P03";

interface Holder {
  readonly schema: string;
  readonly table: string;
  /** Who waits for the lock, where `pid` only keeps it from him. */
  readonly waiting: number | null;
  readonly pid: number;
  readonly application: string;
  /** Null where the role may not see it: without `pg_monitor`, of other roles' sessions. */
  readonly state: string | null;
  /** Since its transaction began. */
  readonly seconds: number | null;
}

/**
 * Whoever reads the catalog of a table meets one lock alone, ACCESS EXCLUSIVE, and stands in line behind those who wait
 * for it (https://www.postgresql.org/docs/current/explicit-locking.html). Which table it was, Postgres does not say.
 */
const holders = `
  select ${MARK}
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as "table",
         case when not l.granted then l.pid end as waiting,
         a.pid as pid,
         a.application_name as application,
         a.state as state,
         extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.float8 as seconds
    from pg_catalog.pg_locks l
    join pg_catalog.pg_database d on d.oid = l.database and d.datname = pg_catalog.current_database()
    join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral pg_catalog.unnest(case when l.granted then array[l.pid] else pg_catalog.pg_blocking_pids(l.pid) end) as b(pid)
    join pg_catalog.pg_stat_activity a on a.pid = b.pid
   where l.locktype = 'relation'
     and l.mode = 'AccessExclusiveLock'
     and l.pid <> pg_catalog.pg_backend_pid()
   order by l.granted desc, a.xact_start, n.nspname, c.relname, a.pid
   limit 3`;

/** The error of a statement that waited too long for a lock, with who holds what. Asked on the same connection, once its transaction is over. */
export async function namingHolders(error: unknown, code: string, { link, limits }: { link: Link; limits: Limits }): Promise<unknown> {
  if (code !== LOCK_TIMEOUT || !(error instanceof ToolError)) return error;
  const found = await readHolders(link, limits).catch((): readonly Holder[] => []);
  const told = found.length === 0 ? "" : ` Locked at this moment: ${found.map(described).join("; ")}.`;
  return new ToolError(error.code, error.message + told, error.hint);
}

async function readHolders(link: Link, limits: Limits): Promise<readonly Holder[]> {
  await begin(link, limits);
  const found = await link.query<Holder>(holders, []);
  await link.query("rollback", []);
  return found;
}

function described({ schema, table, waiting, pid, application, state, seconds }: Holder): string {
  const since = seconds === null ? "" : ` for ${Math.round(seconds)} s`;
  const known = [application === "" ? "" : JSON.stringify(application), state === null ? "" : `${state}${since}`].filter(Boolean);
  const who = `process ${pid}${known.length === 0 ? "" : ` (${known.join(", ")})`}`;
  const name = nameOf(schema, table).toString();
  return waiting === null ? `${name} by ${who}` : `${name}, for which process ${waiting} waits behind ${who}`;
}
