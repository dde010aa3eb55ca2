import type { Database } from "../database/database.ts";
import { catalogQuery, parsed, printed } from "./query.ts";

/** What `pg_stat_statements` counted for one statement of this database, of all roles together. Times are milliseconds. */
export interface StatementUsage {
  /** `queryid`: the same statement has another one on another server. */
  readonly id: string;
  /** As Postgres normalised it: constants are `$1`, `$2`… What it could not normalise still has them. */
  readonly text: string;
  readonly calls: number;
  readonly totalTime: number;
  readonly meanTime: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly stddevTime: number;
  readonly rows: number;
  /** Blocks found in shared buffers, and blocks that were not. */
  readonly sharedHit: number;
  readonly sharedRead: number;
  readonly tempRead: number;
  readonly tempWritten: number;
  readonly walBytes: number;
  /** Reading blocks; 0 where `track_io_timing` is off. */
  readonly readTime: number;
  /** Sent by a client, not only from within a function. */
  readonly topLevel: boolean;
  /** From here on undefined where the extension is too old to count it, and in snapshots of before it was asked. Blocks written by the statement's own process. */
  readonly sharedWritten?: number | undefined;
  readonly writeTime?: number | undefined;
  /** 0 where `pg_stat_statements.track_planning` is off. */
  readonly planTime?: number | undefined;
  /** Reading and writing temporary files; since 15. */
  readonly tempTime?: number | undefined;
  /** Compiling by JIT; since 15. */
  readonly jitTime?: number | undefined;
  /** Since when this one is counted, ISO 8601; since 17. */
  readonly statsSince?: string | undefined;
  /** Parallel workers that were planned to start, and those that did; since 18. */
  readonly workersPlanned?: number | undefined;
  readonly workersLaunched?: number | undefined;
}

export interface Workload {
  /** Most total time first. */
  readonly statements: readonly StatementUsage[];
  /** Calls of other roles' statements, whose text this role may not see. */
  readonly hiddenCalls: number;
  /** Their milliseconds. */
  readonly hiddenTime: number;
  /** Calls of statements whose texts the server has lost. */
  readonly lostCalls: number;
  /** Since when they are counted, ISO 8601. */
  readonly since: string | undefined;
  /** How often the least executed ones were forgotten, to make room. */
  readonly evictions: number | undefined;
}

/** Why there is none: the extension, its library in `shared_preload_libraries`, the privilege; or a snapshot without it. */
export type WorkloadState = "ready" | "not installed" | "not loaded" | "not readable" | "left out";

export interface WorkloadPlace {
  readonly state: WorkloadState;
  /** The server has loaded the library. Undefined in snapshots of before it was asked, as the two below. */
  readonly loaded?: boolean | undefined;
  /** Of the extension, "1.10". */
  readonly version?: string | null | undefined;
  /** Those of `pg_stat_statements`, and the others that its figures depend on, by name. */
  readonly settings?: Readonly<Record<string, string>> | null | undefined;
  /** Quoted by the server itself. This and the next two mean nothing where it is not installed. */
  readonly schema: string;
  /** Schema-qualified and quoted, by the server itself. */
  readonly statements: string;
  /** Null before 1.9 of the extension, which came with 14. */
  readonly info: string | null;
}

/** Asked first, because a view that refuses would end the transaction. The setting exists only where the library was loaded at start. */
export const workloadPlace = catalogQuery<WorkloadPlace>({
  name: "workload place",
  sql: `
  select case when p.statements is null then 'not installed'
              when not l.loaded then 'not loaded'
              when not p.readable then 'not readable'
              else 'ready' end as state,
         l.loaded as loaded,
         p.version as version,
         (select pg_catalog.jsonb_object_agg(g.name, g.setting)
            from pg_catalog.pg_settings g
           where g.name in ('track_io_timing', 'compute_query_id') or g.name like 'pg\\_stat\\_statements.%') as settings,
         p.schema as schema,
         p.statements as statements,
         p.info as info
    from (select exists (select from pg_catalog.pg_settings g where g.name = 'pg_stat_statements.max') as loaded) l
    left join (select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
                      e.extversion as version,
                      pg_catalog.quote_ident(n.nspname) as schema,
                      pg_catalog.format('%I.%I', n.nspname, c.relname) as statements,
                      (select pg_catalog.format('%I.%I', n.nspname, o.relname)
                         from pg_catalog.pg_class o
                        where o.relnamespace = n.oid and o.relname = 'pg_stat_statements_info'
                          and pg_catalog.has_table_privilege(o.oid, 'select')) as info
                 from pg_catalog.pg_extension e
                 join pg_catalog.pg_depend d
                   on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e'
                  and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                 join pg_catalog.pg_class c on c.oid = d.objid
                 join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                where e.extname = 'pg_stat_statements' and c.relname = 'pg_stat_statements') p on true`,
});

type Newer = "sharedWritten" | "writeTime" | "planTime" | "tempTime" | "jitTime" | "statsSince" | "workersPlanned" | "workersLaunched";

type Row = Omit<StatementUsage, "id" | "text" | Newer> & { readonly [Field in Newer]?: StatementUsage[Field] | null } & {
  readonly id: string | null;
  readonly text: string | null;
};

/**
 * The extension lives in a schema of the user's choice, so this is the one text with a name put in; it comes from
 * `workloadPlace`. Columns were renamed in 13 and 17, and the extension may be older than the server. Without OFFSET 0 the
 * planner would make the row anew for each field: 2.6 s for 5,000 statements, in place of 0.2 s (measured on 18.4).
 */
export const statementsIn = (view: string) =>
  catalogQuery<Row>({
    name: "workload statements",
    sql: `
  select ${printed("e.queryid")} as id,
         pg_catalog.min(e.query) as text,
         pg_catalog.sum(e.calls)::pg_catalog.float8 as calls,
         pg_catalog.sum(e.total) as "totalTime",
         pg_catalog.sum(e.total) / greatest(pg_catalog.sum(e.calls), 1)::pg_catalog.float8 as "meanTime",
         pg_catalog.min(e.least) as "minTime",
         pg_catalog.max(e.most) as "maxTime",
         case when pg_catalog.count(*) = 1 then pg_catalog.max(e.stddev)
              else pg_catalog.sqrt(greatest(0, pg_catalog.sum(e.calls * (e.stddev * e.stddev + e.mean * e.mean)) / greatest(pg_catalog.sum(e.calls), 1)::pg_catalog.float8
                                               - pg_catalog.power(pg_catalog.sum(e.total) / greatest(pg_catalog.sum(e.calls), 1)::pg_catalog.float8, 2))) end as "stddevTime",
         pg_catalog.sum(e.rows)::pg_catalog.float8 as rows,
         pg_catalog.sum(e.hit)::pg_catalog.float8 as "sharedHit",
         pg_catalog.sum(e.read)::pg_catalog.float8 as "sharedRead",
         pg_catalog.sum(e.temp_read)::pg_catalog.float8 as "tempRead",
         pg_catalog.sum(e.temp_written)::pg_catalog.float8 as "tempWritten",
         coalesce(pg_catalog.sum(e.wal), 0)::pg_catalog.float8 as "walBytes",
         coalesce(pg_catalog.sum(e.read_time), 0) as "readTime",
         pg_catalog.bool_or(e.top) as "topLevel",
         pg_catalog.sum(e.written)::pg_catalog.float8 as "sharedWritten",
         pg_catalog.sum(e.write_time) as "writeTime",
         pg_catalog.sum(e.plan_time) as "planTime",
         pg_catalog.sum(e.temp_time) as "tempTime",
         pg_catalog.sum(e.jit_time) as "jitTime",
         pg_catalog.to_char(pg_catalog.min(e.since) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "statsSince",
         pg_catalog.sum(e.workers_planned) as "workersPlanned",
         pg_catalog.sum(e.workers_launched) as "workersLaunched"
    from (select s.queryid, s.query, s.calls, s.rows,
                 s.shared_blks_hit as hit, s.shared_blks_read as read, s.temp_blks_read as temp_read, s.temp_blks_written as temp_written,
                 ${parsed("float8", "coalesce(j.row ->> 'total_exec_time', j.row ->> 'total_time')")} as total,
                 ${parsed("float8", "coalesce(j.row ->> 'mean_exec_time', j.row ->> 'mean_time')")} as mean,
                 ${parsed("float8", "coalesce(j.row ->> 'min_exec_time', j.row ->> 'min_time')")} as least,
                 ${parsed("float8", "coalesce(j.row ->> 'max_exec_time', j.row ->> 'max_time')")} as most,
                 ${parsed("float8", "coalesce(j.row ->> 'stddev_exec_time', j.row ->> 'stddev_time')")} as stddev,
                 pg_catalog.numeric_in(pg_catalog.textout(j.row ->> 'wal_bytes'), 0, -1) as wal,
                 ${parsed("float8", "coalesce(j.row ->> 'shared_blk_read_time', j.row ->> 'blk_read_time')")} as read_time,
                 coalesce(${parsed("bool", "j.row ->> 'toplevel'")}, true) as top,
                 s.shared_blks_written as written,
                 ${parsed("float8", "coalesce(j.row ->> 'shared_blk_write_time', j.row ->> 'blk_write_time')")} as write_time,
                 ${parsed("float8", "j.row ->> 'total_plan_time'")} as plan_time,
                 ${parsed("float8", "j.row ->> 'temp_blk_read_time'")} + ${parsed("float8", "j.row ->> 'temp_blk_write_time'")} as temp_time,
                 ${parsed("float8", "j.row ->> 'jit_generation_time'")} + ${parsed("float8", "j.row ->> 'jit_inlining_time'")}
                   + ${parsed("float8", "j.row ->> 'jit_optimization_time'")} + ${parsed("float8", "j.row ->> 'jit_emission_time'")} as jit_time,
                 pg_catalog.timestamptz_in(pg_catalog.textout(j.row ->> 'stats_since'), 0, -1) as since,
                 ${parsed("float8", "j.row ->> 'parallel_workers_to_launch'")} as workers_planned,
                 ${parsed("float8", "j.row ->> 'parallel_workers_launched'")} as workers_launched
            from ${view} s
            join pg_catalog.pg_database d on d.oid = s.dbid
           cross join lateral (select pg_catalog.to_jsonb(s) - 'query' as row offset 0) j
           where d.datname = pg_catalog.current_database()) e
   group by e.queryid
   order by "totalTime" desc, id`,
  });

interface Info {
  readonly since: string | null;
  readonly evictions: number;
}

export const workloadInfoIn = (view: string) =>
  catalogQuery<Info>({
    name: "workload info",
    sql: `
  select pg_catalog.to_char(i.stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
         i.dealloc::pg_catalog.float8 as evictions
    from ${view} i`,
  });

export const readWorkloadPlace = async (database: Database): Promise<WorkloadPlace | undefined> =>
  (await database.read<WorkloadPlace>(workloadPlace.sql))[0];

/** Why there are no statements, or not all of them, and who changes that how. `role` is quoted. */
export function missingStatements(place: WorkloadPlace | undefined, hiddenCalls: number, role: string): string | undefined {
  if (!place || place.state === "not installed") {
    if (place?.loaded === true)
      return "pg_stat_statements is not installed in this database; the server has loaded its library, so no restart is needed. Have a superuser run: create extension pg_stat_statements;";
    return "pg_stat_statements is not installed in this database. Have a superuser run: create extension pg_stat_statements; its library must be in shared_preload_libraries, too, which takes a restart of the server.";
  }
  const { state, schema, statements } = place;
  if (state === "not loaded") {
    return "pg_stat_statements is installed in this database, and the server runs without its library. Add pg_stat_statements to shared_preload_libraries and restart the server.";
  }
  if (state === "not readable") {
    return `${role} may not read ${statements}. Have its owner run: grant usage on schema ${schema} to ${role}; grant select on ${statements} to ${role};`;
  }
  if (state !== "ready" || hiddenCalls === 0) return undefined;
  return `${hiddenCalls} calls are of other roles, and ${role} may not see their statements. Have a superuser run: grant pg_read_all_stats to ${role};`;
}

export async function readWorkload(database: Database): Promise<Workload | { readonly state: Exclude<WorkloadState, "ready"> }> {
  const place = await readWorkloadPlace(database);
  if (!place) return { state: "not installed" };
  if (place.state !== "ready") return { state: place.state };
  const rows = await database.read<Row>(statementsIn(place.statements).sql);
  const [info] = place.info === null ? [] : await database.read<Info>(workloadInfoIn(place.info).sql);
  return {
    statements: rows.flatMap(({ id, text, ...usage }) => (id === null || text === null ? [] : [{ id, text, ...withNewer(usage) }])),
    hiddenCalls: hiddenIn(rows),
    hiddenTime: rows.find(({ id }) => id === null)?.totalTime ?? 0,
    lostCalls: rows.reduce((sum, { id, text, calls }) => sum + (id !== null && text === null ? calls : 0), 0),
    since: info?.since ?? undefined,
    evictions: info?.evictions,
  };
}

const withNewer = (row: Omit<Row, "id" | "text">): Omit<StatementUsage, "id" | "text"> => ({
  ...row,
  sharedWritten: row.sharedWritten ?? undefined,
  writeTime: row.writeTime ?? undefined,
  planTime: row.planTime ?? undefined,
  tempTime: row.tempTime ?? undefined,
  jitTime: row.jitTime ?? undefined,
  statsSince: row.statsSince ?? undefined,
  workersPlanned: row.workersPlanned ?? undefined,
  workersLaunched: row.workersLaunched ?? undefined,
});

/** Statements of others come as one row without an id. */
export const hiddenIn = (rows: readonly { readonly id?: unknown; readonly calls?: unknown }[]): number =>
  Number(rows.find(({ id }) => id === null)?.calls ?? 0);
