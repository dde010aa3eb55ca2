import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** A type made of functions in C: the bytes that it takes are known, and nothing of what it means. */
export interface BaseType {
  /** Schema-qualified and quoted. */
  readonly name: string;
  /** The extension that brings it. */
  readonly extension: string | undefined;
  /** Bytes, or -1 where values differ in length. */
  readonly length: number;
  readonly byValue: boolean;
  readonly alignment: "char" | "int2" | "int4" | "double";
  readonly storage: "plain" | "main" | "external" | "extended";
}

interface Row extends Omit<BaseType, "extension" | "alignment" | "storage"> {
  readonly extension: string | null;
  readonly alignment: "c" | "s" | "i" | "d";
  readonly storage: "p" | "m" | "e" | "x";
}

export const baseTypes = catalogQuery<Row>({
  name: "base types",
  sql: `
  select pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
         x.extname::pg_catalog.text as extension,
         t.typlen::pg_catalog.int4 as length,
         t.typbyval as "byValue",
         t.typalign::pg_catalog.text as alignment,
         t.typstorage::pg_catalog.text as storage
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_depend d
      on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e'
    left join pg_catalog.pg_extension x on x.oid = d.refobjid
   where t.typtype = 'b'
     and t.oid >= 16384
     and t.typcategory <> 'A'
     and t.typlen <> -2
   order by n.nspname, t.typname`,
});

const alignments = { c: "char", s: "int2", i: "int4", d: "double" } as const;
const storages = { p: "plain", m: "main", e: "external", x: "extended" } as const;

export async function readBaseTypes(database: Database): Promise<readonly BaseType[]> {
  const rows = await database.read<Row>(baseTypes.sql);
  return rows.map((row) => ({
    ...row,
    extension: row.extension ?? undefined,
    alignment: alignments[row.alignment],
    storage: storages[row.storage],
  }));
}
