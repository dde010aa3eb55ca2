import { catalogQuery } from "../query.ts";
import { type CatalogObject, notOfExtension, ownSchema, relationName } from "./object.ts";

/** Each role's rights on one object, column by column. What an owner has by owning is no grant; PUBLIC's own rights are. */
export const objectsOfGrants = catalogQuery<CatalogObject>({
  name: "objects: grants",
  sql: `
  with acl (place, kind, name, part, owner, items) as (
      select 1, case c.relkind when 'S' then 'sequence' else 'table' end, ${relationName("c.oid")}, null::pg_catalog.text, c.relowner,
             coalesce(c.relacl, pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::pg_catalog."char", c.relowner))
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${ownSchema} and ${notOfExtension("pg_class", "c.oid")}
    union all
      select 2, 'table', ${relationName("c.oid")}, pg_catalog.quote_ident(a.attname), c.relowner, a.attacl
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where a.attacl is not null and not a.attisdropped and ${ownSchema} and ${notOfExtension("pg_class", "c.oid")}
    union all
      select 3, 'schema', pg_catalog.quote_ident(n.nspname), null, n.nspowner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
        from pg_catalog.pg_namespace n
       where ${ownSchema} and ${notOfExtension("pg_namespace", "n.oid")}
    union all
      select 4, case p.prokind when 'p' then 'procedure' else 'function' end,
             pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
               (select pg_catalog.string_agg(pg_catalog.format_type(u.type, null), ',' order by u.place)
                  from pg_catalog.unnest(p.proargtypes) with ordinality u (type, place))),
             null, p.proowner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where p.prokind in ('f', 'p', 'w') and ${ownSchema}
         and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
    union all
      select 5, 'type', pg_catalog.format('%I.%I', n.nspname, t.typname), null, t.typowner, t.typacl
        from pg_catalog.pg_type t
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
       where t.typacl is not null and t.typtype in ('e', 'd', 'r', 'c') and ${ownSchema} and ${notOfExtension("pg_type", "t.oid")}
  ), held as (
      select acl.place, acl.kind, acl.name, acl.part,
             case when item.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(item.grantee)) end as grantee,
             pg_catalog.string_agg(distinct pg_catalog.lower(item.privilege_type), ', ' order by pg_catalog.lower(item.privilege_type)) as privileges,
             pg_catalog.string_agg(distinct pg_catalog.lower(item.privilege_type), ', ' order by pg_catalog.lower(item.privilege_type))
               filter (where item.is_grantable) as grantable
        from acl
       cross join lateral pg_catalog.aclexplode(acl.items) as item
       where item.grantee <> acl.owner
       group by acl.place, acl.kind, acl.name, acl.part, item.grantee
  )
  select 'grant' as kind,
         held.grantee || ' on ' || held.kind || ' ' || held.name || coalesce(' (' || held.part || ')', '') as name,
         held.name as "of",
         pg_catalog.jsonb_build_object('privileges', held.privileges, 'may be passed on', held.grantable) as facts,
         pg_catalog.format('grant %s on %s %s to %s',
           case when held.part is null then held.privileges else pg_catalog.regexp_replace(held.privileges, '(\\w+)', '\\1 (' || pg_catalog.replace(held.part, '\\', '\\\\') || ')', 'g') end,
           held.kind, held.name, held.grantee)
           || case when held.grantable is null then '' else pg_catalog.format('; grant %s on %s %s to %s with grant option',
                case when held.part is null then held.grantable else pg_catalog.regexp_replace(held.grantable, '(\\w+)', '\\1 (' || pg_catalog.replace(held.part, '\\', '\\\\') || ')', 'g') end,
                held.kind, held.name, held.grantee) end as "create",
         pg_catalog.format('revoke all%s on %s %s from %s', coalesce(' (' || held.part || ')', ''), held.kind, held.name, held.grantee) as "drop"
    from held
   order by held.place, held.name, held.part, held.grantee`,
});

/** What ALTER DEFAULT PRIVILEGES gives, where it is more or less than what Postgres gives anyway. */
export const objectsOfDefaultGrants = catalogQuery<CatalogObject>({
  name: "objects: default grants",
  sql: `
  select 'default grant' as kind,
         v.grantee || ' on new ' || v.sort || ' of ' || v.role || coalesce(' in ' || pg_catalog.quote_ident(n.nspname), '') as name,
         null as "of",
         pg_catalog.jsonb_build_object('privileges', v.privileges) as facts,
         pg_catalog.format('alter default privileges for role %s%s grant %s on %s to %s', v.role, v.place, v.privileges, v.sort, v.grantee) as "create",
         pg_catalog.format('alter default privileges for role %s%s revoke all on %s from %s', v.role, v.place, v.sort, v.grantee) as "drop"
    from (select d.defaclrole, d.defaclnamespace, d.defaclobjtype, item.grantee,
                 pg_catalog.string_agg(distinct pg_catalog.lower(item.privilege_type), ', ' order by pg_catalog.lower(item.privilege_type)) as privileges
            from pg_catalog.pg_default_acl d
           cross join lateral pg_catalog.aclexplode(d.defaclacl) as item
           where item.grantee <> d.defaclrole
           group by 1, 2, 3, 4) d
    left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
   cross join lateral (
           select case when d.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.grantee)) end as grantee,
                  pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)) as role,
                  coalesce(' in schema ' || pg_catalog.quote_ident(n.nspname), '') as place,
                  d.privileges as privileges,
                  case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end as sort) v
   order by 2`,
});

/** What ALTER ROLE and ALTER DATABASE have set for new sessions here. */
export const objectsOfRoleSettings = catalogQuery<CatalogObject>({
  name: "objects: role settings",
  sql: `
  select 'role setting' as kind,
         v.place || ': ' || o.option_name as name,
         null as "of",
         pg_catalog.jsonb_build_object('value', o.option_value) as facts,
         pg_catalog.format('alter %s set %I to %L', v.target, o.option_name, o.option_value) as "create",
         pg_catalog.format('alter %s reset %I', v.target, o.option_name) as "drop"
    from pg_catalog.pg_db_role_setting s
    left join pg_catalog.pg_database d on d.oid = s.setdatabase
    left join pg_catalog.pg_roles r on r.oid = s.setrole
   cross join lateral (
           select case when s.setrole = 0 then 'all roles' else pg_catalog.quote_ident(r.rolname) end
                    || case when s.setdatabase = 0 then '' else ' in this database' end as place,
                  case when s.setrole = 0 then 'database this_database'
                       when s.setdatabase = 0 then 'role ' || pg_catalog.quote_ident(r.rolname)
                       else 'role ' || pg_catalog.quote_ident(r.rolname) || ' in database this_database' end as target) v
   cross join lateral pg_catalog.pg_options_to_table(s.setconfig) o
   where (s.setdatabase = 0 or d.datname = pg_catalog.current_database()) and (s.setrole = 0 or r.oid is not null)
     -- Settings of an application's own: some keep secrets there.
     and o.option_name !~ '[.]'
   order by 2`,
});

/** What the server is told by its files and ALTER SYSTEM, but for where it stands, who it talks to, and what commands it runs. */
export const objectsOfServerSettings = catalogQuery<CatalogObject>({
  name: "objects: server settings",
  sql: `
  select 'server setting' as kind,
         s.name as name,
         null as "of",
         pg_catalog.jsonb_build_object('value', s.reset_val || coalesce(' ' || s.unit, '')) as facts,
         pg_catalog.format('alter system set %I to %L', s.name, s.reset_val) as "create",
         pg_catalog.format('alter system reset %I', s.name) as "drop"
    from pg_catalog.pg_settings s
   where s.source in ('configuration file', 'command line', 'environment variable', 'global')
     and s.context <> 'internal'
     and s.vartype <> 'string'
     and s.name !~ '^(port|ssl|krb|log_|unix_socket|bonjour|primary_|recovery_|restore_|archive_cleanup)'
   order by 2`,
});
