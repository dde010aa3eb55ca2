import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** A transaction of this database that is not ended yet, and what it holds of the relations in question. Never what it runs. */
export interface OpenTransaction {
  /** Undefined for a prepared one, which no process has any more. */
  readonly pid: number | undefined;
  /** `application_name`, or the name of a prepared transaction; undefined where the role may not see it. */
  readonly application: string | undefined;
  /** "client backend", "autovacuum worker"…; undefined where the role may not see it. */
  readonly kind: string | undefined;
  /** "active", "idle in transaction"… */
  readonly state: string | undefined;
  /** Seconds since it began; undefined where the role may not see it. */
  readonly age: number | undefined;
  /** It holds a snapshot or has written: CONCURRENTLY waits for it, whatever it reads. */
  readonly hasSnapshot: boolean;
  /** An autovacuum against wraparound, which does not give way. */
  readonly stands: boolean;
  /** Modes as `pg_locks` has them: "AccessShareLock". */
  readonly locks: readonly { readonly relation: Oid; readonly mode: string; readonly granted: boolean }[];
}

type Optional = "pid" | "application" | "kind" | "state" | "age";
type Row = Omit<OpenTransaction, Optional> & { readonly [Field in Optional]: Exclude<OpenTransaction[Field], undefined> | null };

export const openTransactions = catalogQuery<Row>({
  name: "open transactions",
  values: ({ relations }) => [relations],
  live: true,
  sql: `
  select o.pid, o.application, o.kind, o.state, o.age, o."hasSnapshot", o.stands,
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('relation', l.relation::pg_catalog.int8, 'mode', l.mode, 'granted', l.granted)
                                               order by l.relation, l.mode)
                     from pg_catalog.pg_locks l
                    where l.locktype = 'relation' and l.relation = any ($1::pg_catalog.oid[])
                      and (l.pid = o.pid or (l.pid is null and l.virtualtransaction = o.prepared))), '[]') as locks
    from (select a.pid as pid,
                 a.application_name as application,
                 a.backend_type as kind,
                 a.state as state,
                 extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.float8 as age,
                 a.backend_xmin is not null or a.backend_xid is not null as "hasSnapshot",
                 coalesce(a.query ~ '^autovacuum: .*[(]to prevent wraparound[)]', false) as stands,
                 null::pg_catalog.text as prepared
            from pg_catalog.pg_stat_activity a
           where a.datname = pg_catalog.current_database()
             and a.pid <> pg_catalog.pg_backend_pid()
             and (a.xact_start is not null or exists (select from pg_catalog.pg_locks l where l.pid = a.pid and l.locktype = 'relation'))
           union all
          select null, p.gid, 'prepared transaction', null,
                 extract(epoch from pg_catalog.clock_timestamp() - p.prepared)::pg_catalog.float8,
                 true, false,
                 (select l.virtualtransaction
                    from pg_catalog.pg_locks l
                   where l.locktype = 'transactionid' and l.transactionid = p.transaction and l.pid is null and l.granted
                   limit 1)
            from pg_catalog.pg_prepared_xacts p
           where p.database = pg_catalog.current_database()) o
   order by o.age desc nulls last, o.pid`,
});

export async function readOpenTransactions(database: Database, relations: readonly Oid[]): Promise<readonly OpenTransaction[]> {
  const rows = await database.read<Row>(openTransactions.sql, [oids(relations)]);
  return rows.map((row) => ({
    ...row,
    pid: row.pid ?? undefined,
    application: row.application ?? undefined,
    kind: row.kind ?? undefined,
    state: row.state ?? undefined,
    age: row.age ?? undefined,
  }));
}
