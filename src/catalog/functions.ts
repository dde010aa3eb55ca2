import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";

export interface UserFunction {
  readonly oid: Oid;
  /** With its argument types: `app.slug(text)`. */
  readonly signature: string;
  readonly language: string;
  /** The whole CREATE FUNCTION. */
  readonly definition: string;
}

/** The functions named by the caller, and those that indexes, constraints, views and generated columns of these tables call. */
const functions = `
  with needed (oid) as (
      select function from pg_catalog.unnest($2::pg_catalog.oid[]) as function
    union
      select d.refobjid
        from pg_catalog.pg_depend d
       where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
         and (   d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                 and d.objid in (select i.indexrelid from pg_catalog.pg_index i where i.indrelid = any ($1::pg_catalog.oid[]))
              or d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
                 and d.objid in (select k.oid from pg_catalog.pg_constraint k where k.conrelid = any ($1::pg_catalog.oid[]))
              or d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                 and d.objid in (select w.oid from pg_catalog.pg_rewrite w where w.ev_class = any ($1::pg_catalog.oid[]))
              or d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                 and d.objid in (select a.oid from pg_catalog.pg_attrdef a where a.adrelid = any ($1::pg_catalog.oid[])))
  )
  select p.oid as oid,
         p.oid::pg_catalog.regprocedure::pg_catalog.text as signature,
         l.lanname::pg_catalog.text as language,
         pg_catalog.pg_get_functiondef(p.oid) as definition
    from needed
    join pg_catalog.pg_proc p on p.oid = needed.oid
    join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.prokind = 'f'
     and n.nspname not in ('pg_catalog', 'information_schema')
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
   order by p.oid`;

export const readFunctions = (database: Database, needed: { tables: readonly Oid[]; named: readonly Oid[] }) =>
  database.read<UserFunction>(functions, [oids(needed.tables), oids(needed.named)]);
