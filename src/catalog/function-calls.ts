import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What a function of the user's own may call, and read where it is planned as a part of its caller. */
export interface FunctionCalls {
  readonly oid: Oid;
  readonly functions: readonly Oid[];
  readonly relations: readonly Oid[];
}

/**
 * A body in quotes is text to the catalog: every word in it that is the name of a function counts as a call. A body that
 * begins with BEGIN ATOMIC was parsed when it was made, and what it needs is known. Only of a SQL function that returns a
 * set the planner reads the tables (`inline_set_returning_function` in src/backend/optimizer/util/clauses.c).
 */
export const functionCalls = catalogQuery<FunctionCalls>({
  name: "function calls",
  values: ({ functions }) => [functions],
  answer: (rows, functions = []) => rows.filter(({ oid }) => functions.includes(oid)),
  sql: `
  with own (oid, name, body, inlined) as (
      select p.oid, p.proname::pg_catalog.text, p.prosrc, p.proretset and l.lanname = 'sql'
        from pg_catalog.pg_proc p
        join pg_catalog.pg_language l on l.oid = p.prolang
       where p.oid = any ($1::pg_catalog.oid[])
         and l.lanname in ('sql', 'plpgsql')
  ), word (oid, word, inlined) as (
      select distinct own.oid, pg_catalog.lower(w), own.inlined
        from own
       cross join lateral pg_catalog.regexp_split_to_table(own.body, '[^[:alnum:]_$]+') w
  ), called (oid, callee) as (
      select word.oid, p.oid
        from word
        join pg_catalog.pg_proc p on pg_catalog.lower(p.proname::pg_catalog.text) = word.word and p.oid <> word.oid
       where p.oid >= 16384
      union
      select d.objid, d.refobjid
        from own
        join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = own.oid
       where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  ), read (oid, relation) as (
      select word.oid, c.oid
        from word
        join pg_catalog.pg_class c on pg_catalog.lower(c.relname::pg_catalog.text) = word.word
       where word.inlined and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384
      union
      select d.objid, d.refobjid
        from own
        join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = own.oid
       where own.inlined and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid >= 16384
  )
  select own.oid as oid,
         coalesce((select pg_catalog.jsonb_agg(distinct c.callee::pg_catalog.int8) from called c where c.oid = own.oid), '[]') as functions,
         coalesce((select pg_catalog.jsonb_agg(distinct r.relation::pg_catalog.int8) from read r where r.oid = own.oid), '[]') as relations
    from own
   where exists (select from called c where c.oid = own.oid) or exists (select from read r where r.oid = own.oid)
   order by own.oid`,
});

export async function readFunctionCalls(database: Database, functions: readonly Oid[]): Promise<readonly FunctionCalls[]> {
  return functions.length === 0 ? [] : database.read<FunctionCalls>(functionCalls.sql, [oids(functions)]);
}
