import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";

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
  /** Of a domain: null is refused. */
  readonly notNull: boolean;
  /** Of a domain or a range, where it is not that of its base. Schema-qualified and quoted. */
  readonly collation: string | undefined;
  /** What a range is made of beside its subtype. */
  readonly range: RangeParts | undefined;
  /** Of a composite. */
  readonly attributes: readonly { readonly name: string; readonly type: string; readonly collation?: string }[];
}

/** Names are schema-qualified and quoted. */
export interface RangeParts {
  readonly multirange: string;
  /** Orders the subtype. */
  readonly operatorClass: string;
  /** Functions, where there are any; `canonical` takes the range itself, so it is made between its name and its body. */
  readonly difference: string | undefined;
  readonly differenceOid: Oid;
  readonly canonical: Canonical | undefined;
}

export interface Canonical {
  readonly name: string;
  readonly language: string;
  readonly body: string;
}

interface Row extends Omit<UserType, "kind" | "base" | "collation" | "range"> {
  readonly kind: "e" | "d" | "c" | "r";
  readonly base: string | null;
  readonly collation: string | null;
  readonly range:
    | (Omit<RangeParts, "difference" | "canonical"> & { readonly difference: string | null; readonly canonical: Canonical | null })
    | null;
  /** Which of the tables and functions need it, and how deep in their types it stands. */
  readonly usedBy: readonly (readonly [user: Oid, depth: number])[];
}

const collation = (oid: string, own: string) => `
         case when ${oid} <> 0 and ${oid} <> ${own}
              then (select pg_catalog.format('%I.%I', cn.nspname, l.collname)
                      from pg_catalog.pg_collation l
                      join pg_catalog.pg_namespace cn on cn.oid = l.collnamespace
                     where l.oid = ${oid}) end`;

/** The types of these columns and functions, and the types those are made of; a type comes before what is made of it. */
export const userTypes = catalogQuery<Row>({
  name: "user types",
  values: ({ relations, functions }) => [relations, functions],
  answer: (rows, tables = [], functions = []) => {
    const asked = new Set([...tables, ...functions]);
    return rows
      .map((row) => ({ row, depths: row.usedBy.filter(([user]) => asked.has(user)).map(([, depth]) => depth) }))
      .filter(({ depths }) => depths.length > 0)
      .sort((a, b) => Math.max(...b.depths) - Math.max(...a.depths) || a.row.oid - b.row.oid)
      .map(({ row }) => row);
  },
  sql: `
  with recursive used ("table", oid, depth) as (
      select a.attrelid, a.atttypid, 0
        from pg_catalog.pg_attribute a
       where a.attrelid = any ($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384
    union
      select p.oid, argument, 0
        from pg_catalog.pg_proc p
       cross join lateral pg_catalog.unnest(array(select pg_catalog.unnest(p.proargtypes)) || coalesce(p.proallargtypes, '{}') || p.prorettype) argument
       where p.oid = any ($2::pg_catalog.oid[]) and argument >= 16384
    union
      select used."table", part.oid, used.depth + 1
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
                            'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod))
                            || pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('collation', ${collation("a.attcollation", "e.typcollation")})) order by a.attnum)
                     from pg_catalog.pg_attribute a
                     join pg_catalog.pg_type e on e.oid = a.atttypid
                    where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '[]') as attributes,
         t.typnotnull as "notNull",
         case t.typtype when 'd' then ${collation("t.typcollation", "b.typcollation")}
              when 'r' then ${collation("r.rngcollation", "b.typcollation")} end as collation,
         case when t.typtype = 'r' then pg_catalog.jsonb_build_object(
           'multirange', pg_catalog.format_type(r.rngmultitypid, null),
           'operatorClass', (select pg_catalog.format('%I.%I', cn.nspname, o.opcname)
                               from pg_catalog.pg_opclass o join pg_catalog.pg_namespace cn on cn.oid = o.opcnamespace where o.oid = r.rngsubopc),
           'difference', case when r.rngsubdiff <> 0 then ${printed("r.rngsubdiff::pg_catalog.regproc")} end,
           'differenceOid', r.rngsubdiff::pg_catalog.oid::pg_catalog.int8,
           'canonical', (select pg_catalog.jsonb_build_object('name', pg_catalog.format('%I.%I', cn.nspname, p.proname), 'language', l.lanname, 'body', p.prosrc)
                           from pg_catalog.pg_proc p
                           join pg_catalog.pg_language l on l.oid = p.prolang
                           join pg_catalog.pg_namespace cn on cn.oid = p.pronamespace
                          where p.oid = r.rngcanonical)) end as range,
         used.tables as "usedBy"
    from (select u.oid, pg_catalog.max(u.depth) as depth, pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(u."table"::pg_catalog.int8, u.depth)) as tables
            from (select o."table", o.oid, pg_catalog.max(o.depth) as depth from used o group by 1, 2) as u
           group by u.oid) as used
    join pg_catalog.pg_type t on t.oid = used.oid
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_range r on r.rngtypid = t.oid
    left join pg_catalog.pg_type b on b.oid = coalesce(r.rngsubtype, nullif(t.typbasetype, 0))
    left join pg_catalog.pg_class c on c.oid = t.typrelid
   where t.typtype in ('e', 'd', 'c', 'r')
     and (t.typtype <> 'c' or c.relkind = 'c')
     and n.nspname not in ('pg_catalog', 'information_schema')
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e')
   order by used.depth desc, t.oid`,
});

const kinds: Record<Row["kind"], UserType["kind"]> = { e: "enum", d: "domain", c: "composite", r: "range" };

export async function readUserTypes(
  database: Database,
  tables: readonly Oid[],
  functions: readonly Oid[] = [],
): Promise<readonly UserType[]> {
  if (tables.length + functions.length === 0) return [];
  const rows = await database.read<Row>(userTypes.sql, [oids(tables), oids(functions)]);
  return rows.map(({ usedBy: _, range, ...row }) => ({
    ...row,
    kind: kinds[row.kind],
    base: row.base ?? undefined,
    collation: row.collation ?? undefined,
    range: range === null ? undefined : { ...range, difference: range.difference ?? undefined, canonical: range.canonical ?? undefined },
  }));
}
