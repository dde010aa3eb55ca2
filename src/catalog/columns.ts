import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

export interface Column {
  readonly table: Oid;
  readonly name: string;
  /** Counted from 1, dropped columns counted too. */
  readonly number: number;
  /** As `format_type` prints it with only `pg_catalog` in the search path: "bigint", "character varying(20)", "public.status". */
  readonly type: string;
  readonly typeOid: Oid;
  readonly notNull: boolean;
  /** False for NOT NULL with NOT VALID, which exists from 18 on: rows from before may be null. */
  readonly notNullValid: boolean;
  readonly generated: "stored" | "virtual" | undefined;
  /** The expression of a generated column. */
  readonly expression: string | undefined;
  /** Schema-qualified and quoted, where it is not the type's own. */
  readonly collation: string | undefined;
  /**
   * Its collation compares text by bytes, so that a plain B-tree serves `like 'x%'`. Undefined for a type without collations, and
   * in snapshots that were written before it was asked.
   */
  readonly sortsByBytes: boolean | undefined;
  /** Declared here, not only inherited. */
  readonly local: boolean;
  /** The expression of its DEFAULT; undefined for a generated column. */
  readonly default: string | undefined;
  readonly identity: "always" | "by default" | undefined;
  /** Bytes, or -1 where values differ in length. */
  readonly length: number;
  /** Bytes that a value must start at a multiple of. */
  readonly alignment: 1 | 2 | 4 | 8;
  /** What becomes of a long value (https://www.postgresql.org/docs/current/storage-toast.html). */
  readonly storage: "plain" | "main" | "external" | "extended";
  /** As ALTER COLUMN SET STATISTICS set it; undefined: `default_statistics_target`. */
  readonly statisticsTarget: number | undefined;
  /** There is a COMMENT on it. */
  readonly commented: boolean;
  /** What ANALYZE saw: the share of rows that are NULL, and of the others the share of values that differ. Undefined where it was not asked. */
  readonly spread?: { readonly nulls: number; readonly distinct: number } | undefined;
}

type Coded =
  | "generated"
  | "expression"
  | "collation"
  | "sortsByBytes"
  | "default"
  | "identity"
  | "alignment"
  | "storage"
  | "statisticsTarget";

interface Row extends Omit<Column, Coded | "spread"> {
  readonly generated: "" | "s" | "v";
  readonly expression: string | null;
  readonly collation: string | null;
  readonly sortsByBytes: boolean | null;
  readonly identity: "" | "a" | "d";
  readonly alignment: "c" | "s" | "i" | "d";
  readonly storage: "p" | "m" | "e" | "x";
  readonly statisticsTarget: number | null;
}

/** As `collate_is_c` in src/backend/utils/adt/pg_locale.c has it: that of the database where the column says nothing else. */
const sortsByBytes = `
              (select case case l.collprovider when 'd' then coalesce(pg_catalog.to_jsonb(own) ->> 'datlocprovider', 'c') else l.collprovider::pg_catalog.text end
                        when 'b' then true
                        when 'i' then false
                        else case l.collprovider when 'd' then own.datcollate else l.collcollate end in ('C', 'POSIX') end
                 from pg_catalog.pg_collation l
                 join pg_catalog.pg_database own on own.datname = pg_catalog.current_database()
                where l.oid = a.attcollation)`;

export const columns = catalogQuery<Row>({
  name: "columns",
  about: "table",
  sql: `
  select a.attrelid as "table",
         a.attname::pg_catalog.text as name,
         a.attnum::pg_catalog.int4 as number,
         pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
         a.atttypid as "typeOid",
         a.attnotnull as "notNull",
         not exists (select from pg_catalog.pg_constraint k
                      where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum] and not k.convalidated) as "notNullValid",
         a.attgenerated::pg_catalog.text as generated,
         pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
         case when a.attcollation <> 0 and a.attcollation <> t.typcollation
              then (select pg_catalog.format('%I.%I', n.nspname, c.collname)
                      from pg_catalog.pg_collation c
                      join pg_catalog.pg_namespace n on n.oid = c.collnamespace
                     where c.oid = a.attcollation) end as collation,
         case when a.attcollation <> 0 then ${sortsByBytes} end as "sortsByBytes",
         a.attislocal as local,
         a.attidentity::pg_catalog.text as identity,
         a.attlen::pg_catalog.int4 as length,
         a.attalign::pg_catalog.text as alignment,
         a.attstorage::pg_catalog.text as storage,
         nullif(a.attstattarget::pg_catalog.int4, -1) as "statisticsTarget",
         c.objoid is not null as commented
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_catalog.pg_description c
      on c.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.objoid = a.attrelid and c.objsubid = a.attnum
   where a.attrelid = any ($1::pg_catalog.oid[])
     and a.attnum > 0
     and not a.attisdropped
   order by a.attrelid, a.attnum`,
});

const generated = { "": undefined, s: "stored", v: "virtual" } as const;
const identities = { "": undefined, a: "always", d: "by default" } as const;
const alignments = { c: 1, s: 2, i: 4, d: 8 } as const;
const storages = { p: "plain", m: "main", e: "external", x: "extended" } as const;

export async function readColumns(database: Database, tables: readonly Oid[]): Promise<readonly Column[]> {
  const rows = await database.read<Row>(columns.sql, [oids(tables)]);
  return rows.map((row) => ({
    ...row,
    generated: generated[row.generated],
    expression: row.generated === "" ? undefined : (row.expression ?? undefined),
    collation: row.collation ?? undefined,
    sortsByBytes: row.sortsByBytes ?? undefined,
    default: row.generated === "" ? (row.expression ?? undefined) : undefined,
    identity: identities[row.identity],
    alignment: alignments[row.alignment],
    storage: storages[row.storage],
    statisticsTarget: row.statisticsTarget ?? undefined,
  }));
}
