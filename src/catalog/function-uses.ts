import type { Database } from "../database/database.ts";
import { catalogQuery, printed } from "./query.ts";

/** A function of the user's own whose results are stored: Postgres does not compute them again when it is replaced. */
export interface StoredFunction {
  /** With its argument types: `app.slug(text)`. */
  readonly signature: string;
  readonly schema: string;
  readonly name: string;
  readonly volatility: "i" | "s" | "v";
  readonly strict: boolean;
  /** What stands between the quotes; the whole definition of BEGIN ATOMIC, which is parsed. */
  readonly body: string;
  readonly uses: readonly FunctionUse[];
}

export interface FunctionUse {
  readonly kind: "index" | "check" | "generated column";
  readonly name: string;
  readonly schema: string;
  readonly table: string;
}

export const functionUses = catalogQuery<StoredFunction>({
  name: "function uses",
  sql: `
  with uses (kind, name, "table", class, object) as (
      select 'index', c.relname, i.indrelid, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
    union all
      select 'check', k.conname, k.conrelid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
        from pg_catalog.pg_constraint k where k.contype = 'c' and k.conrelid <> 0
    union all
      select 'generated column', a.attname, a.attrelid, 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid
        from pg_catalog.pg_attrdef d
        join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attgenerated = 's'
  )
  select ${printed("p.oid::pg_catalog.regprocedure")} as signature,
         n.nspname::pg_catalog.text as schema,
         p.proname::pg_catalog.text as name,
         p.provolatile::pg_catalog.text as volatility,
         p.proisstrict as strict,
         case when p.prosrc <> '' then p.prosrc else pg_catalog.pg_get_functiondef(p.oid) end as body,
         pg_catalog.jsonb_agg(distinct pg_catalog.jsonb_build_object('kind', uses.kind, 'name', uses.name, 'schema', tn.nspname, 'table', t.relname)) as uses
    from uses
    join pg_catalog.pg_depend d on d.classid = uses.class and d.objid = uses.object and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    join pg_catalog.pg_proc p on p.oid = d.refobjid and p.prokind = 'f'
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_class t on t.oid = uses."table"
    join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
   where n.nspname not in ('pg_catalog', 'information_schema')
     and not exists (
           select from pg_catalog.pg_depend e
            where e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and e.objid = p.oid and e.deptype = 'e')
   group by p.oid, n.nspname
   order by 1`,
});

export const readFunctionUses = (database: Database) => database.read<StoredFunction>(functionUses.sql);
