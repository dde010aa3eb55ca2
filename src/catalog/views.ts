import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, parsed } from "./query.ts";

/** What a view is beyond its columns; its definition and owner are with its `Table`. */
export interface ViewFacts {
  readonly oid: Oid;
  /** Reads its tables with the rights of who asks, and under the policies that hold for them. From 15 on. */
  readonly securityInvoker: boolean;
  readonly securityBarrier: boolean;
  /** Relations that it names itself; what those read is with them. */
  readonly reads: readonly { readonly oid: Oid; readonly schema: string; readonly name: string }[];
}

/** An option is stored as it was written: `security_invoker=on`, `=true`, `=1`. */
export const views = catalogQuery<ViewFacts>({
  name: "views",
  about: "oid",
  sql: `
  select c.oid as oid,
         coalesce(pg_catalog.bool_or(${parsed("bool", "o.option_value")}) filter (where o.option_name = 'security_invoker'), false)
           as "securityInvoker",
         coalesce(pg_catalog.bool_or(${parsed("bool", "o.option_value")}) filter (where o.option_name = 'security_barrier'), false)
           as "securityBarrier",
         coalesce((select pg_catalog.jsonb_agg(distinct pg_catalog.jsonb_build_object(
                            'oid', r.oid::pg_catalog.int8, 'schema', rn.nspname, 'name', r.relname))
                     from pg_catalog.pg_rewrite w
                     join pg_catalog.pg_depend d
                       on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = w.oid
                      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> c.oid
                     join pg_catalog.pg_class r on r.oid = d.refobjid
                     join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
                    where w.ev_class = c.oid), '[]') as reads
    from pg_catalog.pg_class c
    left join lateral pg_catalog.pg_options_to_table(c.reloptions) o on o.option_name in ('security_invoker', 'security_barrier')
   where c.oid = any ($1::pg_catalog.oid[])
     and c.relkind in ('v', 'm')
   group by c.oid
   order by c.oid`,
});

export const readViews = (database: Database, relations: readonly Oid[]) => database.read<ViewFacts>(views.sql, [oids(relations)]);
