import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** Every change of a row of a catalog gives it another `xmin`; the first oid of a user's own object is 16384 (FirstNormalObjectId). */
const rowsOf = (catalog: string, identity: string, where = "true") => `
  select '${catalog}' as catalog,
         pg_catalog.count(*) as rows,
         pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', ${identity}, x.xmin), 0)) as sum
    from pg_catalog.${catalog} x
   where ${where}`;

const own = "x.oid >= 16384";
/** Of relations: temporary ones come and go. VACUUM and ANALYZE write the counts in place, without another `xmin`. */
const counts = `x.oid, x.relpages, x.reltuples, x.relallvisible,
         pg_catalog.pg_stat_get_last_analyze_time(x.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(x.oid)`;

const parts = [
  rowsOf("pg_class", counts, `${own} and x.relpersistence <> 't' and x.relkind <> 't'`),
  rowsOf("pg_attribute", "x.attrelid, x.attnum", "x.attrelid >= 16384 and x.attnum > 0"),
  rowsOf("pg_attrdef", "x.oid"),
  rowsOf("pg_index", "x.indexrelid", "x.indexrelid >= 16384"),
  rowsOf("pg_constraint", "x.oid", own),
  rowsOf("pg_inherits", "x.inhrelid, x.inhparent"),
  rowsOf("pg_rewrite", "x.oid", own),
  rowsOf("pg_type", "x.oid", own),
  rowsOf("pg_enum", "x.oid"),
  rowsOf("pg_range", "x.rngtypid", "x.rngtypid >= 16384"),
  rowsOf("pg_proc", "x.oid", own),
  rowsOf("pg_operator", "x.oid", own),
  rowsOf("pg_cast", "x.oid", own),
  rowsOf("pg_collation", "x.oid"),
  rowsOf("pg_namespace", "x.oid"),
  rowsOf("pg_extension", "x.oid"),
  rowsOf("pg_policy", "x.oid"),
  rowsOf("pg_statistic_ext", "x.oid"),
  rowsOf("pg_auth_members", "x.roleid, x.member"),
  rowsOf("pg_db_role_setting", "x.setdatabase, x.setrole"),
];

interface Row {
  readonly fingerprint: string;
}

export const fingerprint = catalogQuery<Row>({
  name: "fingerprint",
  sql: `
  select pg_catalog.md5(pg_catalog.concat_ws(' ',
           current_user,
           (select pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', s.name, s.setting, s.reset_val), 0))
              from pg_catalog.pg_settings s),
           (select pg_catalog.concat(r.rolsuper, r.rolbypassrls) from pg_catalog.pg_roles r where r.rolname = current_user),
           pg_catalog.string_agg(pg_catalog.concat_ws(' ', p.catalog, p.rows, p.sum), ' ' order by p.catalog))) as fingerprint
    from (${parts.join("\n   union all")}) p`,
});

/** Another one after every change of what a plan depends on: schema, statistics, settings, rights. Not of how large a table is now. */
export async function readFingerprint(database: Database): Promise<string> {
  const [row] = await database.read<Row>(fingerprint.sql);
  if (!row) throw new Error("an aggregate has no row");
  return row.fingerprint;
}
