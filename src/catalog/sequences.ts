import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

export interface Sequence {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** The column that it goes with: of an identity column, or by OWNED BY (which `serial` sets). */
  readonly ownedBy: { readonly table: Oid; readonly column: string; readonly identity: boolean } | undefined;
  /** "smallint", "integer", "bigint". */
  readonly type: string;
  /** Undefined where it was never drawn from, or the role may not see it. Beyond 2^53 rounded, as all numbers here. */
  readonly last: number | undefined;
  readonly readable: boolean;
  readonly start: number;
  readonly min: number;
  readonly max: number;
  readonly increment: number;
  readonly cycle: boolean;
}

interface Row extends Omit<Sequence, "ownedBy" | "last"> {
  readonly schemaOid: Oid;
  /** Those that it hangs on by a column. */
  readonly tables: readonly Oid[];
  readonly ownedBy: { readonly table: Oid; readonly column: string; readonly identity: boolean } | null;
  readonly last: number | null;
}

/** Those of these schemas, and those that belong to a column of these tables. An unlogged one cannot be read on a standby. */
export const sequences = catalogQuery<Row>({
  name: "sequences",
  values: ({ schemas, relations }) => [schemas, relations],
  answer: (rows, schemas = [], tables = []) => {
    const [ofSchemas, ofTables] = [new Set(schemas), new Set(tables)];
    return rows.filter((row) => ofSchemas.has(row.schemaOid) || row.tables.some((table) => ofTables.has(table)));
  },
  sql: `
  select c.oid as oid,
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as name,
         pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text as owner,
         (select pg_catalog.jsonb_build_object('table', d.refobjid::pg_catalog.int8, 'column', a.attname, 'identity', d.deptype = 'i')
            from pg_catalog.pg_depend d
            join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
           where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
             and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0
             and d.deptype in ('a', 'i')
           limit 1) as "ownedBy",
         pg_catalog.format_type(s.seqtypid, null) as type,
         case when pg_catalog.has_sequence_privilege(c.oid, 'select, usage')
               and (c.relpersistence = 'p' or not pg_catalog.pg_is_in_recovery())
              then pg_catalog.pg_sequence_last_value(c.oid)::pg_catalog.float8 end as last,
         pg_catalog.has_sequence_privilege(c.oid, 'select, usage') as readable,
         s.seqstart::pg_catalog.float8 as start,
         s.seqmin::pg_catalog.float8 as min,
         s.seqmax::pg_catalog.float8 as max,
         s.seqincrement::pg_catalog.float8 as increment,
         s.seqcycle as cycle,
         n.oid as "schemaOid",
         coalesce((select pg_catalog.jsonb_agg(distinct d.refobjid::pg_catalog.int8)
                     from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
                      and d.refobjsubid > 0), '[]') as tables
    from pg_catalog.pg_sequence s
    join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where (   n.oid = any ($1::pg_catalog.oid[])
          or exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
                        and d.refobjid = any ($2::pg_catalog.oid[]) and d.refobjsubid > 0))
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
   order by n.nspname, c.relname`,
});

export async function readSequences(
  database: Database,
  { schemas, tables }: { schemas: readonly Oid[]; tables: readonly Oid[] },
): Promise<readonly Sequence[]> {
  const rows = await database.read<Row>(sequences.sql, [oids(schemas), oids(tables)]);
  return rows.map(({ schemaOid: _, tables: __, ...row }) => ({ ...row, ownedBy: row.ownedBy ?? undefined, last: row.last ?? undefined }));
}
