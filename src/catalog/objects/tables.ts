import { catalogQuery, printed } from "../query.ts";
import { type CatalogObject, notOfExtension, ownSchema, relationName } from "./object.ts";

/** Of an identity column: what its sequence does that one of its type does not do by itself. */
const identityOptions = `
  (select nullif(pg_catalog.concat_ws(' ',
            case when q.seqstart <> 1 then pg_catalog.concat('start with ', q.seqstart) end,
            case when q.seqincrement <> 1 then pg_catalog.concat('increment by ', q.seqincrement) end,
            case when q.seqmin <> 1 then pg_catalog.concat('minvalue ', q.seqmin) end,
            case when q.seqmax <> case q.seqtypid when 'pg_catalog.int2'::pg_catalog.regtype then 32767
                                                  when 'pg_catalog.int4'::pg_catalog.regtype then 2147483647
                                                  else 9223372036854775807 end then pg_catalog.concat('maxvalue ', q.seqmax) end,
            case when q.seqcache <> 1 then pg_catalog.concat('cache ', q.seqcache) end,
            case when q.seqcycle then 'cycle' end), '')
     from pg_catalog.pg_depend o
     join pg_catalog.pg_sequence q on q.seqrelid = o.objid
    where o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and o.refobjid = a.attrelid and o.refobjsubid = a.attnum and o.deptype = 'i')`;

/** Those that a table has of its own: what it inherits comes with its parents. */
const columnParts = `
  select a.attrelid as oid, a.attnum as number, pg_catalog.quote_ident(a.attname) as name,
         pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
         case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as "default",
         case when a.attgenerated <> '' then 'always as (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ')'
              || case a.attgenerated when 'v' then ' virtual' else ' stored' end end as generated,
         case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
         case when a.attidentity <> '' then ${identityOptions} end as "identityOptions",
         case when a.attcollation <> 0 and a.attcollation <> t.typcollation
              then (select pg_catalog.format('%I.%I', x.nspname, l.collname)
                      from pg_catalog.pg_collation l join pg_catalog.pg_namespace x on x.oid = l.collnamespace
                     where l.oid = a.attcollation) end as collation,
         case when not a.attnotnull then null
              when exists (select from pg_catalog.pg_constraint k
                            where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey = array[a.attnum] and not k.convalidated) then 'not valid'
              else 'yes' end as "notNull",
         case when a.attstorage <> t.typstorage
              then case a.attstorage when 'p' then 'plain' when 'm' then 'main' when 'e' then 'external' else 'extended' end end as storage,
         case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
         ${printed("nullif(a.attstattarget::pg_catalog.int4, -1)")} as "statisticsTarget"
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attnum > 0 and not a.attisdropped and a.attislocal`;

const columnText = `
  p.name || ' ' || p.type || coalesce(' collate ' || p.collation, '')
    || coalesce(' generated ' || p.identity || ' as identity' || coalesce(' (' || p."identityOptions" || ')', ''), '')
    || coalesce(' generated ' || p.generated, '') || coalesce(' default ' || p."default", '')
    || case when p."notNull" = 'yes' then ' not null' else '' end`;

const bound = `pg_catalog.pg_get_expr(c.relpartbound, c.oid)`;
const parent = `(select ${relationName("i.inhparent")} from pg_catalog.pg_inherits i where i.inhrelid = c.oid order by i.inhseqno limit 1)`;
const parents = `(select pg_catalog.string_agg(${relationName("i.inhparent")}, ', ' order by i.inhseqno)
                    from pg_catalog.pg_inherits i where i.inhrelid = c.oid)`;
const options = `nullif((select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(c.reloptions) o), '')`;
const foreignTable = `
  (select ' server ' || pg_catalog.quote_ident(s.srvname)
       || coalesce(' options (' || (select pg_catalog.string_agg(pg_catalog.format('%I %L', o.option_name, o.option_value), ', ' order by o.option_name)
                                      from pg_catalog.pg_options_to_table(f.ftoptions) o) || ')', '')
     from pg_catalog.pg_foreign_table f join pg_catalog.pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = c.oid)`;

const ownTables = (kinds: string) => `c.relkind in (${kinds}) and ${ownSchema} and ${notOfExtension("pg_class", "c.oid")}`;

export const objectsOfTables = catalogQuery<CatalogObject>({
  name: "objects: tables",
  sql: `
  select 'table' as kind,
         t.name as name,
         null as "of",
         pg_catalog.jsonb_build_object(
           'kind', case c.relkind when 'f' then 'foreign table,' || ${foreignTable} else 'table' end,
           'partitioned by', case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end,
           'partition of', case when c.relispartition then ${parent} || ' ' || ${bound} end,
           'inherits', case when not c.relispartition then ${parents} end,
           'persistence', case c.relpersistence when 'u' then 'unlogged' else 'logged' end,
           'options', ${options},
           'row security', case when c.relrowsecurity then 'on' else 'off' end,
           'forced row security', case when c.relforcerowsecurity then 'on' else 'off' end,
           'replica identity', case c.relreplident when 'n' then 'nothing' when 'f' then 'full' when 'i' then 'using index '
                || (select pg_catalog.quote_ident(x.relname) from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
                     where i.indrelid = c.oid and i.indisreplident) else 'default' end,
           'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner))) as facts,
         case when c.relispartition then pg_catalog.format('create %stable %s partition of %s %s', t.sort, t.name, ${parent}, ${bound})
              else pg_catalog.format('create %stable %s (%s)%s', t.sort, t.name,
                     coalesce((select pg_catalog.string_agg(${columnText}, ', ' order by p.number) from (${columnParts}) p where p.oid = c.oid), ''),
                     coalesce(' inherits (' || ${parents} || ')', ''))
         end || coalesce(' partition by ' || pg_catalog.pg_get_partkeydef(c.oid), '')
             || case c.relkind when 'f' then ${foreignTable} else coalesce(' with (' || ${options} || ')', '') end as "create",
         pg_catalog.format('drop %stable %s', case c.relkind when 'f' then 'foreign ' else '' end, t.name) as "drop"
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
                              case when c.relkind = 'f' then 'foreign ' when c.relpersistence = 'u' then 'unlogged ' else '' end as sort) t
   where ${ownTables("'r', 'p', 'f'")}
   order by c.relispartition, t.name`,
});

/** Those of partitions are their parents'. */
export const objectsOfColumns = catalogQuery<CatalogObject>({
  name: "objects: columns",
  sql: `
  select 'column' as kind,
         t.name || '.' || p.name as name,
         t.name as "of",
         pg_catalog.jsonb_build_object('type', p.type, 'default', p."default", 'not null', p."notNull", 'generated', p.generated,
           'identity', p.identity || coalesce(' (' || p."identityOptions" || ')', ''), 'collation', p.collation, 'storage', p.storage,
           'compression', p.compression, 'statistics target', p."statisticsTarget") as facts,
         pg_catalog.format('alter table %s add column %s', t.name, ${columnText}) as "create",
         pg_catalog.format('alter table %s drop column %s', t.name, p.name) as "drop"
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, c.relname) as name) t
    join (${columnParts}) p on p.oid = c.oid
   where ${ownTables("'r', 'p', 'f'")} and not c.relispartition
   order by t.name, p.number`,
});

export const objectsOfConstraints = catalogQuery<CatalogObject>({
  name: "objects: constraints",
  sql: `
  select 'constraint' as kind,
         t.name || '.' || pg_catalog.quote_ident(k.conname) as name,
         t.name as "of",
         pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_constraintdef(k.oid),
           'kind', case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'x' then 'exclude' when 'f' then 'foreign key' else 'check' end) as facts,
         pg_catalog.format('alter %s %s add constraint %I %s', t.sort, t.name, k.conname, pg_catalog.pg_get_constraintdef(k.oid)) as "create",
         pg_catalog.format('alter %s %s drop constraint %I', t.sort, t.name, k.conname) as "drop"
    from pg_catalog.pg_constraint k
    left join pg_catalog.pg_class c on c.oid = k.conrelid
    left join pg_catalog.pg_type d on d.oid = k.contypid
    join pg_catalog.pg_namespace n on n.oid = coalesce(c.relnamespace, d.typnamespace)
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, coalesce(c.relname, d.typname)) as name,
                              case when c.oid is null then 'domain' else 'table' end as sort) t
   where k.contype in ('c', 'p', 'u', 'x', 'f') and k.coninhcount = 0 and k.conparentid = 0 and ${ownSchema}
     and ${notOfExtension("pg_class", "k.conrelid")} and ${notOfExtension("pg_type", "k.contypid")}
   order by k.contype = 'f', t.name, k.conname`,
});

/** Neither those of constraints nor those that come with a partitioned parent's. */
export const objectsOfIndexes = catalogQuery<CatalogObject>({
  name: "objects: indexes",
  sql: `
  select 'index' as kind,
         pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
         ${relationName("i.indrelid")} as "of",
         pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_indexdef(i.indexrelid),
           'valid', case when i.indisvalid then 'yes' else 'no' end) as facts,
         pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), '^(CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")*"|\\S+) ON )ONLY ', '\\1') as "create",
         pg_catalog.format('drop index %I.%I', n.nspname, c.relname) as "drop"
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where ${ownSchema} and ${notOfExtension("pg_class", "i.indrelid")}
     and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
     and not exists (select from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid)
   order by 2`,
});

export const objectsOfStatistics = catalogQuery<CatalogObject>({
  name: "objects: extended statistics",
  sql: `
  select 'statistics' as kind,
         pg_catalog.format('%I.%I', n.nspname, x.stxname) as name,
         ${relationName("x.stxrelid")} as "of",
         pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_statisticsobjdef(x.oid)) as facts,
         pg_catalog.pg_get_statisticsobjdef(x.oid) as "create",
         pg_catalog.format('drop statistics %I.%I', n.nspname, x.stxname) as "drop"
    from pg_catalog.pg_statistic_ext x
    join pg_catalog.pg_namespace n on n.oid = x.stxnamespace
   where ${ownSchema} and ${notOfExtension("pg_statistic_ext", "x.oid")}
   order by 2`,
});
