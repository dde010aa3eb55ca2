import { catalogQuery } from "../query.ts";
import { type CatalogObject, notOfExtension, ownSchema, relationName } from "./object.ts";

export const objectsOfExtensions = catalogQuery<CatalogObject>({
  name: "objects: extensions",
  sql: `
  select 'extension' as kind,
         pg_catalog.quote_ident(e.extname) as name,
         null as "of",
         pg_catalog.jsonb_build_object('schema', pg_catalog.quote_ident(n.nspname), 'version', e.extversion) as facts,
         pg_catalog.format('create extension if not exists %I schema %I', e.extname, n.nspname) as "create",
         pg_catalog.format('drop extension %I', e.extname) as "drop"
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   where e.extname <> 'plpgsql'
   order by 2`,
});

/** Not `public`, which every database has. */
export const objectsOfSchemas = catalogQuery<CatalogObject>({
  name: "objects: schemas",
  sql: `
  select 'schema' as kind,
         pg_catalog.quote_ident(n.nspname) as name,
         null as "of",
         pg_catalog.jsonb_build_object('owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(n.nspowner))) as facts,
         pg_catalog.format('create schema if not exists %I', n.nspname) as "create",
         pg_catalog.format('drop schema %I', n.nspname) as "drop"
    from pg_catalog.pg_namespace n
   where ${ownSchema} and n.nspname <> 'public' and ${notOfExtension("pg_namespace", "n.oid")}
   order by 2`,
});

const labels = `(select pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' order by l.enumsortorder)
                   from pg_catalog.pg_enum l where l.enumtypid = t.oid)`;
const attributes = `(select pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
                       from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)`;
const range = `
  (select 'subtype = ' || pg_catalog.format_type(r.rngsubtype, null)
       || ', multirange_type_name = ' || pg_catalog.format_type(r.rngmultitypid, null)
       || coalesce((select pg_catalog.format(', subtype_opclass = %I.%I', x.nspname, o.opcname)
                      from pg_catalog.pg_opclass o join pg_catalog.pg_namespace x on x.oid = o.opcnamespace
                     where o.oid = r.rngsubopc and not o.opcdefault), '')
       || case when r.rngsubdiff <> 0 then ', subtype_diff = ' || pg_catalog.concat(r.rngsubdiff::pg_catalog.regproc) else '' end
     from pg_catalog.pg_range r where r.rngtypid = t.oid)`;
const collation = `
  (select pg_catalog.format('%I.%I', x.nspname, l.collname)
     from pg_catalog.pg_collation l
     join pg_catalog.pg_namespace x on x.oid = l.collnamespace
     join pg_catalog.pg_type b on b.oid = t.typbasetype
    where l.oid = t.typcollation and t.typcollation <> b.typcollation)`;

/** Enums, domains (their checks are constraints), composite and range types. */
export const objectsOfTypes = catalogQuery<CatalogObject>({
  name: "objects: types",
  sql: `
  select 'type' as kind,
         v.name as name,
         null as "of",
         pg_catalog.jsonb_build_object(
           'kind', case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range' else 'composite' end,
           'labels', v.labels, 'attributes', v.attributes, 'range', v.range,
           'type', case t.typtype when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end,
           'collation', case t.typtype when 'd' then ${collation} end,
           'default', case t.typtype when 'd' then t.typdefault end,
           'not null', case when t.typnotnull then 'yes' end,
           'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.typowner))) as facts,
         case t.typtype
           when 'e' then pg_catalog.format('create type %s as enum (%s)', v.name, v.labels)
           when 'd' then pg_catalog.format('create domain %s as %s', v.name, pg_catalog.format_type(t.typbasetype, t.typtypmod))
                || coalesce(' collate ' || ${collation}, '') || coalesce(' default ' || t.typdefault, '')
                || case when t.typnotnull then ' not null' else '' end
           when 'r' then pg_catalog.format('create type %s as range (%s)', v.name, v.range)
           else pg_catalog.format('create type %s as (%s)', v.name, v.attributes) end as "create",
         case t.typtype when 'd' then 'drop domain ' else 'drop type ' end || v.name as "drop"
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
   cross join lateral (
           select pg_catalog.format('%I.%I', n.nspname, t.typname) as name,
                  case t.typtype when 'e' then coalesce(${labels}, '') end as labels,
                  case t.typtype when 'c' then coalesce(${attributes}, '') end as attributes,
                  case t.typtype when 'r' then ${range} end as range) v
   where (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
     and ${ownSchema} and ${notOfExtension("pg_type", "t.oid")}
   order by t.oid`,
});

/** Not those of identity columns, which tell it with their column. */
export const objectsOfSequences = catalogQuery<CatalogObject>({
  name: "objects: sequences",
  sql: `
  select 'sequence' as kind,
         v.name as name,
         null as "of",
         pg_catalog.jsonb_build_object('type', pg_catalog.format_type(q.seqtypid, null), 'start', pg_catalog.concat(q.seqstart), 'increment', pg_catalog.concat(q.seqincrement),
           'minvalue', pg_catalog.concat(q.seqmin), 'maxvalue', pg_catalog.concat(q.seqmax), 'cache', pg_catalog.concat(q.seqcache), 'cycle', case when q.seqcycle then 'yes' end,
           'owned by', o.column, 'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner))) as facts,
         pg_catalog.format('create sequence %s as %s increment by %s minvalue %s maxvalue %s start with %s cache %s%s', v.name, pg_catalog.format_type(q.seqtypid, null),
           q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, case when q.seqcycle then ' cycle' else '' end) as "create",
         'drop sequence ' || v.name as "drop"
    from pg_catalog.pg_sequence q
    join pg_catalog.pg_class c on c.oid = q.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, c.relname) as name) v
    left join lateral (
           select d.deptype, ${relationName("d.refobjid")} || '.' || pg_catalog.quote_ident(a.attname) as column
             from pg_catalog.pg_depend d
             join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
              and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
            limit 1) o on true
   where ${ownSchema} and ${notOfExtension("pg_class", "c.oid")} and o.deptype is distinct from 'i'
   order by 2`,
});
