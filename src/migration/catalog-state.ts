import type { Database } from "../database/database.ts";

export type ObjectKind =
  | "schema"
  | "type"
  | "sequence"
  | "table"
  | "column"
  | "constraint"
  | "index"
  | "function"
  | "view"
  | "trigger"
  | "policy"
  | "statistics";

/** One object of a schema, in words that can be compared and in SQL that makes it or drops it. */
export interface SchemaObject {
  readonly kind: ObjectKind;
  /** Stays the same while the object lives, whatever it is called. */
  readonly key: string;
  /** "orders.total"; what was made by people, quoted where it needs to be. */
  readonly name: string;
  /** All that is compared, but for the name. */
  readonly definition: string;
  readonly create: string;
  readonly drop: string;
  readonly facts: Readonly<Record<string, string | null>>;
}

/**
 * Every object that a migration can make, change or drop, in the order in which they can be made. What belongs to another
 * (the index of a constraint, the sequence of an identity column) is told with it.
 */
const objects = `
  with schemas as (
      select n.oid, n.nspname from pg_catalog.pg_namespace n
       where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  ), tables as (
      select c.*, s.nspname, pg_catalog.format('%I.%I', s.nspname, c.relname) as name
        from pg_catalog.pg_class c join schemas s on s.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f')
  ), columns as (
      select t.oid, t.name as "table", t.relkind, a.attnum, pg_catalog.quote_ident(a.attname) as name,
             pg_catalog.row_number() over (partition by a.attrelid order by a.attnum) as place,
             pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
             case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as "default",
             case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as generated,
             case a.attgenerated when 'v' then 'virtual' else 'stored' end as storage,
             case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
             case when a.attcollation <> y.typcollation then pg_catalog.concat(a.attcollation::pg_catalog.regcollation) end as collation,
             a.attnotnull, a.attislocal
        from pg_catalog.pg_attribute a
        join tables t on t.oid = a.attrelid and t.relkind in ('r', 'p', 'f')
        join pg_catalog.pg_type y on y.oid = a.atttypid
        left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attnum > 0 and not a.attisdropped
  ), columns_sql as (
      select c.*, c.name || ' ' || c.type || coalesce(' collate ' || c.collation, '')
               || coalesce(' generated ' || c.identity || ' as identity', '')
               || coalesce(' generated always as (' || c.generated || ') ' || c.storage, '')
               || coalesce(' default ' || c."default", '')
               || case when c.attnotnull then ' not null' else '' end as sql
        from columns c
  )
  select 1 as place, 'schema' as kind, pg_catalog.concat(s.oid) as key, pg_catalog.quote_ident(s.nspname) as name, '' as definition,
         pg_catalog.format('create schema %I', s.nspname) as "create", pg_catalog.format('drop schema %I', s.nspname) as "drop",
         '{}'::pg_catalog.jsonb as facts
    from schemas s
   union all
  select 2, 'type', pg_catalog.concat(t.oid), v.name, v.definition,
         case t.typtype when 'd' then 'create domain ' || v.name || ' as ' || v.definition else 'create type ' || v.name || ' as ' || v.definition end,
         case t.typtype when 'd' then 'drop domain ' else 'drop type ' end || v.name, '{}'
    from pg_catalog.pg_type t
    join schemas s on s.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
   cross join lateral (
           select pg_catalog.format('%I.%I', s.nspname, t.typname) as name,
                  case t.typtype
                    when 'e' then (select 'enum (' || pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder) || ')'
                                     from pg_catalog.pg_enum e where e.enumtypid = t.oid)
                    when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) || case when t.typnotnull then ' not null' else '' end
                         || coalesce((select pg_catalog.string_agg(pg_catalog.format(' constraint %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid)), '' order by k.conname)
                                        from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'), '')
                    else (select '(' || pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum) || ')'
                            from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)
                  end as definition
         ) v
   where t.typtype in ('e', 'd') or (t.typtype = 'c' and c.relkind = 'c')
   union all
  select 3, 'sequence', pg_catalog.concat(c.oid), pg_catalog.format('%I.%I', s.nspname, c.relname),
         pg_catalog.format('as %s increment %s minvalue %s maxvalue %s start %s%s', pg_catalog.format_type(q.seqtypid, null), q.seqincrement, q.seqmin, q.seqmax,
                           q.seqstart, case when q.seqcycle then ' cycle' else '' end),
         pg_catalog.format('create sequence %I.%I', s.nspname, c.relname), pg_catalog.format('drop sequence %I.%I', s.nspname, c.relname), '{}'
    from pg_catalog.pg_sequence q
    join pg_catalog.pg_class c on c.oid = q.seqrelid
    join schemas s on s.oid = c.relnamespace
   where not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.refobjsubid > 0 and d.deptype in ('a', 'i'))
   union all
  select 4, 'table', pg_catalog.concat(t.oid), t.name,
         concat_ws(' ', case t.relkind when 'p' then 'partitioned by ' || pg_catalog.pg_get_partkeydef(t.oid) end,
                   case when t.relispartition then 'partition ' || pg_catalog.pg_get_expr(t.relpartbound, t.oid) end,
                   (select 'of ' || pg_catalog.string_agg(pg_catalog.concat(i.inhparent::pg_catalog.regclass), ', ' order by i.inhseqno) from pg_catalog.pg_inherits i where i.inhrelid = t.oid),
                   case t.relpersistence when 'u' then 'unlogged' end, nullif(pg_catalog.concat(t.reloptions), ''),
                   case when t.relrowsecurity then 'row security' end, case when t.relforcerowsecurity then 'forced' end,
                   case when t.relreplident <> 'd' then 'replica identity ' || t.relreplident::pg_catalog.text end),
         case when t.relispartition
              then pg_catalog.format('create table %s partition of %s %s', t.name,
                     (select i.inhparent::pg_catalog.regclass from pg_catalog.pg_inherits i where i.inhrelid = t.oid), pg_catalog.pg_get_expr(t.relpartbound, t.oid))
              else pg_catalog.format('create %stable %s (%s)', case t.relpersistence when 'u' then 'unlogged ' else '' end, t.name,
                     (select pg_catalog.string_agg(c.sql, ', ' order by c.attnum) from columns_sql c where c.oid = t.oid and c.attislocal))
         end || coalesce(' partition by ' || pg_catalog.pg_get_partkeydef(t.oid), '')
             || coalesce(' with (' || pg_catalog.array_to_string(t.reloptions, ', ') || ')', ''),
         'drop table ' || t.name,
         pg_catalog.jsonb_build_object('rowSecurity', t.relrowsecurity::pg_catalog.text, 'forced', t.relforcerowsecurity::pg_catalog.text,
                                       'schema', t.nspname, 'bare', t.relname,
                                       'options', pg_catalog.array_to_string(t.reloptions, ', '))
    from tables t
   where t.relkind in ('r', 'p')
   union all
  select 5, 'column', pg_catalog.concat(c.oid, '.', c.attnum), c."table" || '.' || c.name, pg_catalog.concat('column ', c.place, ', ', pg_catalog.substr(c.sql, pg_catalog.length(c.name) + 2)),
         pg_catalog.format('alter table %s add column %s', c."table", c.sql), pg_catalog.format('alter table %s drop column %s', c."table", c.name),
         pg_catalog.jsonb_build_object('of', pg_catalog.concat(c.oid), 'table', c."table", 'bare', c.name, 'type', c.type, 'default', c."default", 'identity', c.identity,
                                       'generated', c.generated, 'collation', c.collation, 'notNull', c.attnotnull::pg_catalog.text)
    from columns_sql c
   where c.attislocal
   union all
  select case k.contype when 'f' then 8 else 6 end, 'constraint', pg_catalog.concat(k.oid), pg_catalog.format('%s.%I', t.name, k.conname), pg_catalog.pg_get_constraintdef(k.oid),
         pg_catalog.format('alter table %s add constraint %I %s', t.name, k.conname, pg_catalog.pg_get_constraintdef(k.oid)),
         pg_catalog.format('alter table %s drop constraint %I', t.name, k.conname),
         pg_catalog.jsonb_build_object('of', pg_catalog.concat(t.oid), 'table', t.name, 'bare', pg_catalog.quote_ident(k.conname))
    from pg_catalog.pg_constraint k
    join tables t on t.oid = k.conrelid
   where k.contype in ('c', 'p', 'u', 'x', 'f') and k.coninhcount = 0 and k.conparentid = 0
   union all
  select 7, 'index', pg_catalog.concat(i.indexrelid), pg_catalog.format('%I.%I', s.nspname, c.relname),
         pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), '^(CREATE (UNIQUE )?INDEX) .*? ON', '\\1 ON') || case when i.indisvalid then '' else ' (invalid)' end,
         pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON '), pg_catalog.format('drop index %I.%I', s.nspname, c.relname),
         pg_catalog.jsonb_build_object('of', pg_catalog.concat(i.indrelid), 'bare', pg_catalog.quote_ident(c.relname))
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join schemas s on s.oid = c.relnamespace
   where not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
     and not exists (select from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid)
   union all
  select 9, 'function', pg_catalog.concat(p.oid), pg_catalog.concat(p.oid::pg_catalog.regprocedure),
         pg_catalog.regexp_replace(pg_catalog.pg_get_functiondef(p.oid), '^CREATE OR REPLACE (FUNCTION|PROCEDURE) [^(]+', '\\1'),
         pg_catalog.pg_get_functiondef(p.oid),
         pg_catalog.format('drop %s %s', case p.prokind when 'p' then 'procedure' else 'function' end, p.oid::pg_catalog.regprocedure), '{}'
    from pg_catalog.pg_proc p
    join schemas s on s.oid = p.pronamespace
   where p.prokind in ('f', 'p')
     and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
   union all
  select 10, 'view', pg_catalog.concat(t.oid), t.name, case t.relkind when 'm' then 'materialized ' else '' end || pg_catalog.pg_get_viewdef(t.oid) || coalesce(' ' || nullif(pg_catalog.concat(t.reloptions), ''), ''),
         pg_catalog.format(case t.relkind when 'm' then 'create materialized view %s as %s' else 'create or replace view %s as %s' end, t.name, pg_catalog.rtrim(pg_catalog.pg_get_viewdef(t.oid), ';')),
         pg_catalog.format(case t.relkind when 'm' then 'drop materialized view %s' else 'drop view %s' end, t.name), '{}'
    from tables t
   where t.relkind in ('v', 'm')
   union all
  select 11, 'trigger', pg_catalog.concat(g.oid), pg_catalog.format('%s.%I', t.name, g.tgname), pg_catalog.pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::pg_catalog.text,
         pg_catalog.pg_get_triggerdef(g.oid), pg_catalog.format('drop trigger %I on %s', g.tgname, t.name), pg_catalog.jsonb_build_object('of', pg_catalog.concat(t.oid))
    from pg_catalog.pg_trigger g
    join tables t on t.oid = g.tgrelid
   where not g.tgisinternal and g.tgparentid = 0
   union all
  select 12, 'policy', pg_catalog.concat(p.oid), pg_catalog.format('%s.%I', t.name, p.polname), v.definition,
         pg_catalog.format('create policy %I on %s %s', p.polname, t.name, v.definition), pg_catalog.format('drop policy %I on %s', p.polname, t.name),
         pg_catalog.jsonb_build_object('of', pg_catalog.concat(t.oid))
    from pg_catalog.pg_policy p
    join tables t on t.oid = p.polrelid
   cross join lateral (
           select pg_catalog.concat_ws(' ', case when p.polpermissive then 'as permissive' else 'as restrictive' end,
                    case p.polcmd when 'r' then 'for select' when 'a' then 'for insert' when 'w' then 'for update' when 'd' then 'for delete' else 'for all' end,
                    'to ' || (select pg_catalog.string_agg(case r.oid when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.oid)) end, ', ') from pg_catalog.unnest(p.polroles) r (oid)),
                    'using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') as definition
         ) v
   union all
  select 13, 'statistics', pg_catalog.concat(x.oid), pg_catalog.format('%I.%I', s.nspname, x.stxname), pg_catalog.pg_get_statisticsobjdef(x.oid),
         pg_catalog.pg_get_statisticsobjdef(x.oid), pg_catalog.format('drop statistics %I.%I', s.nspname, x.stxname),
         pg_catalog.jsonb_build_object('of', pg_catalog.concat(x.stxrelid))
    from pg_catalog.pg_statistic_ext x
    join schemas s on s.oid = x.stxnamespace
   order by 1, 4`;

/** Names are printed with their schema, because nothing is in the search path while this is read. */
export const readState = (database: Database): Promise<readonly SchemaObject[]> => database.read<SchemaObject>(objects);
