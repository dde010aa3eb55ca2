import type { Database } from "../database/database.ts";
import type { Oid } from "./names.ts";
import { catalogQuery, printed } from "./query.ts";

/** An aggregate that somebody made. */
export interface Aggregate {
  /** `tools.joined(text)`, names quoted. */
  readonly signature: string;
  /** What stands in the brackets of its CREATE AGGREGATE: "sfunc = public.join_up, stype = text". */
  readonly parts: readonly string[];
  /** Functions that it is made of, those of Postgres too. */
  readonly functions: readonly Oid[];
}

const part = (name: string, value: string) => `case when ${value} <> '' then '${name} = ' || ${value} end`;
const procedure = (name: string, column: string) =>
  `case when a.${column} <> 0 then '${name} = ' || ${printed(`a.${column}::pg_catalog.regproc`)} end`;
const flag = (name: string, condition: string) => `case when ${condition} then '${name}' end`;
const number = (name: string, column: string) => `case when a.${column} <> 0 then '${name} = ' || ${printed(`a.${column}`)} end`;

/** Names of the parts: https://www.postgresql.org/docs/current/sql-createaggregate.html. */
const parts = [
  procedure("sfunc", "aggtransfn"),
  "'stype = ' || pg_catalog.format_type(a.aggtranstype, null)",
  number("sspace", "aggtransspace"),
  procedure("finalfunc", "aggfinalfn"),
  flag("finalfunc_extra", "a.aggfinalextra"),
  procedure("combinefunc", "aggcombinefn"),
  procedure("serialfunc", "aggserialfn"),
  procedure("deserialfunc", "aggdeserialfn"),
  part("initcond", "pg_catalog.quote_literal(a.agginitval)"),
  procedure("msfunc", "aggmtransfn"),
  procedure("minvfunc", "aggminvtransfn"),
  "case when a.aggmtranstype <> 0 then 'mstype = ' || pg_catalog.format_type(a.aggmtranstype, null) end",
  number("msspace", "aggmtransspace"),
  procedure("mfinalfunc", "aggmfinalfn"),
  part("minitcond", "pg_catalog.quote_literal(a.aggminitval)"),
  `(select pg_catalog.format('sortop = operator(%I.%s)', n.nspname, o.oprname)
      from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace where o.oid = a.aggsortop)`,
  "case p.proparallel when 's' then 'parallel = safe' when 'r' then 'parallel = restricted' end",
  flag("hypothetical", "a.aggkind = 'h'"),
];

export const aggregates = catalogQuery<Aggregate>({
  name: "aggregates",
  sql: `
  select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, coalesce(nullif(pg_catalog.pg_get_function_arguments(p.oid), ''), '*')) as signature,
         pg_catalog.to_jsonb(pg_catalog.array_remove(array[${parts.join(",\n           ")}], null)) as parts,
         pg_catalog.to_jsonb(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
                                   a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.int8[]) as functions
    from pg_catalog.pg_aggregate a
    join pg_catalog.pg_proc p on p.oid = a.aggfnoid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.oid >= 16384
     and not exists (
           select from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
   order by p.oid`,
});

export const readAggregates = (database: Database) => database.read<Aggregate>(aggregates.sql);
