import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";

/** A type that somebody made: its CREATE statement is told by its kind. */
export interface UserType {
  readonly oid: Oid;
  /** Schema-qualified and quoted. */
  readonly name: string;
  readonly kind: "enum" | "domain" | "composite" | "range";
  /** Of an enum, in order. */
  readonly labels: readonly string[];
  /** Type of a domain, subtype of a range. */
  readonly base: string | undefined;
  /** Of a composite. */
  readonly attributes: readonly { readonly name: string; readonly type: string }[];
}

interface Row extends Omit<UserType, "kind" | "base"> {
  readonly kind: "e" | "d" | "c" | "r";
  readonly base: string | null;
}

/** The types of these columns, and the types those are made of; a type comes before what is made of it. */
const types = `
  with recursive used (oid, depth) as (
      select a.atttypid, 0
        from pg_catalog.pg_attribute a
       where a.attrelid = any ($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped
    union
      select part.oid, used.depth + 1
        from used
        join pg_catalog.pg_type t on t.oid = used.oid
       cross join lateral (
               select t.typelem where t.typelem <> 0
               union all
               select t.typbasetype where t.typbasetype <> 0
               union all
               select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
               union all
               select r.rngtypid from pg_catalog.pg_range r where r.rngmultitypid = t.oid
               union all
               select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
             ) as part (oid)
       where used.depth < 20
  )
  select t.oid as oid,
         pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
         t.typtype::pg_catalog.text as kind,
         coalesce((select pg_catalog.jsonb_agg(e.enumlabel order by e.enumsortorder)
                     from pg_catalog.pg_enum e where e.enumtypid = t.oid), '[]') as labels,
         case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod)
              when t.typtype = 'r' then (select pg_catalog.format_type(r.rngsubtype, null)
                                           from pg_catalog.pg_range r where r.rngtypid = t.oid) end as base,
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                            'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum)
                     from pg_catalog.pg_attribute a
                    where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '[]') as attributes
    from (select u.oid, pg_catalog.max(u.depth) as depth from used u group by u.oid) as used
    join pg_catalog.pg_type t on t.oid = used.oid
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
   where t.typtype in ('e', 'd', 'c', 'r')
     and (t.typtype <> 'c' or c.relkind = 'c')
     and n.nspname not in ('pg_catalog', 'information_schema')
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e')
   order by used.depth desc, t.oid`;

const kinds: Record<Row["kind"], UserType["kind"]> = { e: "enum", d: "domain", c: "composite", r: "range" };

export async function readUserTypes(database: Database, tables: readonly Oid[]): Promise<readonly UserType[]> {
  if (tables.length === 0) return [];
  const rows = await database.read<Row>(types, [oids(tables)]);
  return rows.map((row) => ({ ...row, kind: kinds[row.kind], base: row.base ?? undefined }));
}
