import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";

export interface Column {
  readonly table: Oid;
  readonly name: string;
  /** Counted from 1, dropped columns counted too. */
  readonly number: number;
  /** As `format_type` prints it with only `pg_catalog` in the search path: "bigint", "character varying(20)", "public.status". */
  readonly type: string;
  readonly typeOid: Oid;
  readonly notNull: boolean;
  readonly generated: "stored" | "virtual" | undefined;
  /** The expression of a generated column. */
  readonly expression: string | undefined;
  /** Schema-qualified and quoted, where it is not the type's own. */
  readonly collation: string | undefined;
  /** Declared here, not only inherited. */
  readonly local: boolean;
}

interface Row extends Omit<Column, "generated" | "expression" | "collation"> {
  readonly generated: "" | "s" | "v";
  readonly expression: string | null;
  readonly collation: string | null;
}

const columns = `
  select a.attrelid as "table",
         a.attname::pg_catalog.text as name,
         a.attnum::pg_catalog.int4 as number,
         pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
         a.atttypid as "typeOid",
         a.attnotnull as "notNull",
         a.attgenerated::pg_catalog.text as generated,
         case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as expression,
         case when a.attcollation <> 0 and a.attcollation <> t.typcollation
              then (select pg_catalog.format('%I.%I', n.nspname, c.collname)
                      from pg_catalog.pg_collation c
                      join pg_catalog.pg_namespace n on n.oid = c.collnamespace
                     where c.oid = a.attcollation) end as collation,
         a.attislocal as local
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = any ($1::pg_catalog.oid[])
     and a.attnum > 0
     and not a.attisdropped
   order by a.attrelid, a.attnum`;

const generated = { "": undefined, s: "stored", v: "virtual" } as const;

export async function readColumns(database: Database, tables: readonly Oid[]): Promise<readonly Column[]> {
  const rows = await database.read<Row>(columns, [oids(tables)]);
  return rows.map((row) => ({
    ...row,
    generated: generated[row.generated],
    expression: row.expression ?? undefined,
    collation: row.collation ?? undefined,
  }));
}
