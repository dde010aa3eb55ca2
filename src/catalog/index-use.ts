import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What speaks for an index on one server, beside its definition. */
export interface IndexUse {
  readonly oid: Oid;
  readonly table: Oid;
  readonly schema: string;
  readonly name: string;
  /** By this server, since its counters began ({@link Counters.since}). Checks of uniqueness count none. */
  readonly scans: number;
  /** ISO 8601; undefined where it never was, and before 16. */
  readonly lastScan: string | undefined;
  /** CLUSTER sorts the table by it. */
  readonly clustered: boolean;
  /** A foreign key points at the columns that it keeps unique. */
  readonly referenced: boolean;
  /** An index of its table is built now, or somebody builds one whose table this role may not see. */
  readonly building: boolean;
}

interface Row extends Omit<IndexUse, "lastScan"> {
  readonly lastScan: string | null;
}

const useWith = (lastScan: string) => `
  select i.indexrelid as oid,
         i.indrelid as "table",
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as name,
         pg_catalog.pg_stat_get_numscans(i.indexrelid)::pg_catalog.float8 as scans,
         ${lastScan} as "lastScan",
         i.indisclustered as clustered,
         exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype = 'f') as referenced,
         exists (select from pg_catalog.pg_stat_progress_create_index p
                  where p.datname = pg_catalog.current_database() and (p.relid = i.indrelid or p.relid is null)) as building
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where i.indrelid = any ($1::pg_catalog.oid[])
   order by i.indrelid, i.indexrelid`;

/** `last_idx_scan` came with this version (https://www.postgresql.org/docs/release/16.0/). */
const LAST_SCAN = 160000;

export const indexUse = catalogQuery<Row>({
  name: "index use",
  about: "table",
  since: LAST_SCAN,
  sql: useWith(`pg_catalog.to_char(pg_catalog.pg_stat_get_lastscan(i.indexrelid) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`),
});

export const indexUseBefore16 = catalogQuery<Row>({
  name: "index use",
  about: "table",
  before: LAST_SCAN,
  sql: useWith("null::pg_catalog.text"),
});

/** Of all indexes of these tables. None from a snapshot that was written before this was asked. */
export async function readIndexUse(
  database: Database,
  { tables, versionNumber }: { readonly tables: readonly Oid[]; readonly versionNumber: number },
): Promise<readonly IndexUse[]> {
  const { sql } = versionNumber < LAST_SCAN ? indexUseBefore16 : indexUse;
  const rows = await database.read<Row>(sql, [oids(tables)]);
  return rows.map((row) => ({ ...row, lastScan: row.lastScan ?? undefined }));
}
