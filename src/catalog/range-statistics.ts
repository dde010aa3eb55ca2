import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";

/** Of a column of ranges or multiranges, what `pg_stats` shows from 17 on. */
interface RangeStatistics {
  readonly oid: Oid;
  readonly column: string;
  readonly inherited: boolean;
  readonly values: Readonly<Record<string, string>>;
}

/** Before, only whoever may read `pg_statistic` itself can know them. */
const UNTIL = 170000;

interface Allowed {
  readonly allowed: boolean;
}

export const rangeStatisticsAllowed = catalogQuery<Allowed>({
  name: "range statistics allowed",
  before: UNTIL,
  sql: `select pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'select') as allowed`,
});

const slots = [1, 2, 3, 4, 5];
/** Kinds 6 and 7 of src/include/catalog/pg_statistic.h: lengths (and the share of empty ranges), bounds. */
const ofKind = (kind: number, shown: (slot: number) => string) =>
  `case ${slots.map((slot) => `when s.stakind${slot} = ${kind} then ${shown(slot)}`).join(" ")} end`;

/** Under the conditions of the view `pg_stats`, so that it shows nothing of a column that the view would hide. */
export const rangeStatistics = catalogQuery<RangeStatistics>({
  name: "range statistics",
  about: "oid",
  before: UNTIL,
  allowed: rangeStatisticsAllowed,
  withoutValues: (row) => ({ ...row, values: {} }),
  sql: `
  select c.oid as oid,
         a.attname::pg_catalog.text as "column",
         s.stainherit as inherited,
         pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
           'range_length_histogram', ${ofKind(6, (slot) => printed(`s.stavalues${slot}`))},
           'range_empty_frac', ${ofKind(6, (slot) => printed(`s.stanumbers${slot}[1]`))},
           'range_bounds_histogram', ${ofKind(7, (slot) => printed(`s.stavalues${slot}`))})) as values
    from pg_catalog.pg_statistic s
    join pg_catalog.pg_class c on c.oid = s.starelid
    join pg_catalog.pg_attribute a on a.attrelid = s.starelid and a.attnum = s.staattnum
   where c.oid = any ($1::pg_catalog.oid[])
     and 6 in (${slots.map((slot) => `s.stakind${slot}`).join(", ")})
     and not a.attisdropped
     and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
     and (not c.relrowsecurity or not pg_catalog.row_security_active(c.oid))
   order by c.oid, a.attname, s.stainherit`,
});

export async function readRangeStatistics(
  database: Database,
  { relations, versionNumber }: { relations: readonly Oid[]; versionNumber: number },
): Promise<readonly RangeStatistics[]> {
  if (versionNumber >= UNTIL || relations.length === 0) return [];
  const [access] = await database.read<Allowed>(rangeStatisticsAllowed.sql);
  return access?.allowed ? database.read<RangeStatistics>(rangeStatistics.sql, [oids(relations)]) : [];
}
