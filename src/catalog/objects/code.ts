import { catalogQuery } from "../query.ts";
import { type CatalogObject, notOfExtension, ownSchema, relationName } from "./object.ts";

/** Aggregates are left out: Postgres prints no definition of them. */
export const objectsOfFunctions = catalogQuery<CatalogObject>({
  name: "objects: functions",
  sql: `
  select 'function' as kind,
         v.name as name,
         null as "of",
         pg_catalog.jsonb_build_object('kind', v.sort, 'definition', pg_catalog.pg_get_functiondef(p.oid), 'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.proowner))) as facts,
         pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E' \\n') as "create",
         pg_catalog.format('drop %s %s', v.sort, v.name) as "drop"
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   cross join lateral (select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
                                (select pg_catalog.string_agg(pg_catalog.format_type(u.type, null), ',' order by u.place)
                                   from pg_catalog.unnest(p.proargtypes) with ordinality u (type, place))) as name,
                              case p.prokind when 'p' then 'procedure' else 'function' end as sort) v
   where p.prokind in ('f', 'p', 'w') and ${ownSchema}
     and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype in ('e', 'i'))
   order by 2`,
});

const options = `nullif((select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(c.reloptions) o), '')`;

export const objectsOfViews = catalogQuery<CatalogObject>({
  name: "objects: views",
  sql: `
  select 'view' as kind,
         v.name as name,
         null as "of",
         pg_catalog.jsonb_build_object('kind', v.sort, 'definition', v.definition, 'options', ${options}, 'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner))) as facts,
         pg_catalog.format('create %s %s%s as%s', v.sort, v.name, coalesce(' with (' || ${options} || ')', ''), E'\\n' || v.definition) as "create",
         pg_catalog.format('drop %s %s', v.sort, v.name) as "drop",
         coalesce((select pg_catalog.jsonb_agg(distinct ${relationName("d.refobjid")})
                     from pg_catalog.pg_rewrite w
                     join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
                                                and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> c.oid
                    where w.ev_class = c.oid), '[]') as reads
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
                              case c.relkind when 'm' then 'materialized view' else 'view' end as sort,
                              pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') as definition) v
   where c.relkind in ('v', 'm') and ${ownSchema} and ${notOfExtension("pg_class", "c.oid")}
   order by c.oid`,
});

export const objectsOfRules = catalogQuery<CatalogObject>({
  name: "objects: rules",
  sql: `
  select 'rule' as kind,
         v.of || '.' || pg_catalog.quote_ident(w.rulename) as name,
         v.of as "of",
         pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_ruledef(w.oid)) as facts,
         pg_catalog.rtrim(pg_catalog.pg_get_ruledef(w.oid), ';') as "create",
         pg_catalog.format('drop rule %I on %s', w.rulename, v.of) as "drop"
    from pg_catalog.pg_rewrite w
    join pg_catalog.pg_class c on c.oid = w.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, c.relname) as "of") v
   where w.ev_type <> '1' and ${ownSchema} and ${notOfExtension("pg_class", "c.oid")}
   order by 2`,
});

export const objectsOfTriggers = catalogQuery<CatalogObject>({
  name: "objects: triggers",
  sql: `
  select 'trigger' as kind,
         v.of || '.' || pg_catalog.quote_ident(g.tgname) as name,
         v.of as "of",
         pg_catalog.jsonb_build_object('definition', pg_catalog.pg_get_triggerdef(g.oid), 'enabled', v.enabled) as facts,
         pg_catalog.pg_get_triggerdef(g.oid) as "create",
         pg_catalog.format('drop trigger %I on %s', g.tgname, v.of) as "drop"
    from pg_catalog.pg_trigger g
    join pg_catalog.pg_class c on c.oid = g.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral (select pg_catalog.format('%I.%I', n.nspname, c.relname) as "of",
                              case g.tgenabled when 'D' then 'no' when 'R' then 'replica' when 'A' then 'always' else 'yes' end as enabled) v
   where not g.tgisinternal and g.tgparentid = 0 and ${ownSchema} and ${notOfExtension("pg_class", "c.oid")}
   order by 2`,
});

const definition = `
  (select pg_catalog.concat_ws(' ', 'as ' || case when p.polpermissive then 'permissive' else 'restrictive' end,
            'for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
            'to ' || v.roles, 'using (' || v.using || ')', 'with check (' || v.checked || ')'))`;

export const objectsOfPolicies = catalogQuery<CatalogObject>({
  name: "objects: policies",
  sql: `
  select 'policy' as kind,
         v.of || '.' || pg_catalog.quote_ident(p.polname) as name,
         v.of as "of",
         pg_catalog.jsonb_build_object('kind', case when p.polpermissive then 'permissive' else 'restrictive' end,
           'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
           'roles', v.roles, 'using', v.using, 'with check', v.checked) as facts,
         pg_catalog.format('create policy %I on %s %s', p.polname, v.of, ${definition}) as "create",
         pg_catalog.format('drop policy %I on %s', p.polname, v.of) as "drop"
    from pg_catalog.pg_policy p
   cross join lateral (
           select ${relationName("p.polrelid")} as "of",
                  (select pg_catalog.string_agg(case r.oid when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.oid)) end, ', '
                                                order by pg_catalog.pg_get_userbyid(r.oid))
                     from pg_catalog.unnest(p.polroles) r (oid)) as roles,
                  pg_catalog.pg_get_expr(p.polqual, p.polrelid) as "using",
                  pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as checked) v
   order by 2`,
});
